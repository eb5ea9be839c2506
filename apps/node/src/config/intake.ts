import { isIP } from 'node:net';
import { AnamnesisError } from '@anamnesis/protocol';

/** A system that may send HL7 v2, as its MSH-3 and MSH-4 name it. */
export interface IntakeSender {
  /** MSH-3.1 and MSH-4.1, as they are sent. */
  readonly application: string;
  readonly facility: string;
  /** Name of the integrator for whom it sends: what patients read in their access log. */
  readonly client: string;
  /** IANA name of the zone of times that say none, such as `Europe/Lisbon`. */
  readonly timezone: string;
  /** What MSH-18 is taken to be where it is empty. */
  readonly charset: string;
  /** IP addresses that it may come from; none: any that reaches the listener. */
  readonly addresses: readonly string[];
  /** Subject common name of its TLS certificate; only with `mllp.tls.ca`. */
  readonly certificate?: string | undefined;
  /** The MSH-11 that is taken: P, T or D. */
  readonly processing: string;
  /** System of patient identifiers that name no assigner; none: such an identifier matches nobody. */
  readonly bareIdentifiers?: string | undefined;
}

/** Where HL7 v2 comes in over MLLP. */
export interface MllpSettings {
  /** An address, not a name: what is listened on must be sure. */
  readonly host: string;
  readonly port: number;
  /** PEM texts. With `ca` every sender needs a certificate from it. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string | undefined } | undefined;
  /** Largest message in bytes. */
  readonly maxBytes: number;
  /** How long one message may take to arrive, and how long a connection may say nothing, in milliseconds. */
  readonly messageTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
}

/** Intake of HL7 v2 and C-CDA: off unless configured. */
export interface IntakeSettings {
  /** System of the identifiers by which patients are matched, such as `urn:oid:2.16.840.1.113883.19.5`: nothing else matches anybody. */
  readonly patients: string;
  /** System of the identifiers that an assigning authority gives, by its namespace or OID. */
  readonly assigners: Readonly<Record<string, string>>;
  /** Zone of the times in C-CDA documents that say none. */
  readonly timezone: string;
  readonly senders: readonly IntakeSender[];
  readonly mllp?: MllpSettings | undefined;
}

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1)$/;
const SYSTEM = /^[a-z][a-z0-9+.-]*:[^\s|]{1,512}$/i;

/**
 * Reads the settings of intake, as their file (`ANAMNESIS_INTAKE`, JSON) says them. `read` gives the text of a PEM file that they name.
 *
 * @throws AnamnesisError `config-malformed`, naming the setting and not its value.
 */
export function readIntakeSettings(value: unknown, read: (path: string) => string): IntakeSettings {
  const from = objectIn(value, 'the file');
  known(from, ['patients', 'assigners', 'timezone', 'senders', 'mllp'], 'the file');
  const assigners = Object.entries(objectIn(from.assigners ?? {}, 'assigners')).map(
    ([name, system]) => [name, systemIn(system, 'assigners')] as const,
  );
  const senders = from.senders ?? [];
  if (!Array.isArray(senders)) throw malformed('senders');
  const settings: IntakeSettings = {
    patients: systemIn(from.patients, 'patients'),
    assigners: Object.fromEntries(assigners),
    timezone: zoneIn(from.timezone, 'timezone'),
    senders: senders.map((sender) => senderIn(sender)),
    mllp: from.mllp === undefined ? undefined : mllpIn(from.mllp, read),
  };
  const names = settings.senders.map(({ application, facility }) => `${application}\n${facility}`);
  if (new Set(names).size < names.length) throw malformed('senders: two have one application and facility');
  if (settings.senders.some(({ certificate }) => certificate !== undefined) && settings.mllp?.tls?.ca === undefined) {
    throw malformed('senders: a certificate is checked only where mllp.tls.ca is set');
  }
  return settings;
}

function senderIn(value: unknown): IntakeSender {
  const from = objectIn(value, 'senders');
  known(
    from,
    [
      ...['application', 'facility', 'client', 'timezone', 'charset', 'addresses', 'certificate', 'processing'],
      'bareIdentifiers',
    ],
    'senders',
  );
  const addresses = from.addresses ?? [];
  if (!Array.isArray(addresses) || addresses.some((one) => typeof one !== 'string' || isIP(one) === 0)) {
    throw malformed('senders.addresses');
  }
  const processing = textIn(from.processing ?? 'P', 'senders.processing');
  if (!/^[PTD]$/.test(processing)) throw malformed('senders.processing');
  return {
    application: textIn(from.application, 'senders.application'),
    facility: typeof from.facility === 'string' ? from.facility : '',
    client: textIn(from.client, 'senders.client'),
    timezone: zoneIn(from.timezone, 'senders.timezone'),
    charset: textIn(from.charset ?? 'ASCII', 'senders.charset'),
    addresses: addresses as string[],
    certificate: from.certificate === undefined ? undefined : textIn(from.certificate, 'senders.certificate'),
    processing,
    bareIdentifiers:
      from.bareIdentifiers === undefined ? undefined : systemIn(from.bareIdentifiers, 'senders.bareIdentifiers'),
  };
}

function mllpIn(value: unknown, read: (path: string) => string): MllpSettings {
  const from = objectIn(value, 'mllp');
  const limits = ['maxBytes', 'messageTimeoutMs', 'idleTimeoutMs', 'maxConnections'];
  known(from, ['host', 'port', 'tls', 'plain', ...limits], 'mllp');
  const host = textIn(from.host ?? '127.0.0.1', 'mllp.host');
  if (isIP(host) === 0) throw malformed('mllp.host');
  // Health data in clear: on this machine, or where the operator names the very address a second time.
  if (from.tls === undefined && !LOOPBACK.test(host) && (from.plain !== host || /^[0.:]+$/.test(host))) {
    throw malformed(
      'mllp: without tls only a loopback address, or the one address that mllp.plain repeats, is listened on',
    );
  }
  return {
    host,
    port: wholeIn(from.port, 65_535, 'mllp.port'),
    tls: from.tls === undefined ? undefined : tlsIn(from.tls, read),
    maxBytes: wholeIn(from.maxBytes ?? 16 * 1024 * 1024, 64 * 1024 * 1024, 'mllp.maxBytes'),
    messageTimeoutMs: wholeIn(from.messageTimeoutMs ?? 30_000, 600_000, 'mllp.messageTimeoutMs'),
    idleTimeoutMs: wholeIn(from.idleTimeoutMs ?? 3_600_000, 86_400_000, 'mllp.idleTimeoutMs'),
    maxConnections: wholeIn(from.maxConnections ?? 64, 10_000, 'mllp.maxConnections'),
  };
}

function tlsIn(value: unknown, read: (path: string) => string): NonNullable<MllpSettings['tls']> {
  const from = objectIn(value, 'mllp.tls');
  known(from, ['key', 'cert', 'ca'], 'mllp.tls');
  const pem = (name: string): string => {
    try {
      return read(textIn(from[name], `mllp.tls.${name}`));
    } catch (cause) {
      throw malformed(`mllp.tls.${name}`, cause);
    }
  };
  return { key: pem('key'), cert: pem('cert'), ca: from.ca === undefined ? undefined : pem('ca') };
}

function objectIn(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed(name);
}

/** A setting that nobody reads would be a limit that nobody keeps. */
function known(from: Record<string, unknown>, names: readonly string[], place: string): void {
  if (Object.keys(from).some((name) => !names.includes(name))) throw malformed(`${place}: a setting of no known name`);
}

function textIn(value: unknown, name: string): string {
  if (typeof value === 'string' && value.trim() !== '' && value.length <= 512) return value;
  throw malformed(name);
}

function systemIn(value: unknown, name: string): string {
  if (typeof value === 'string' && SYSTEM.test(value)) return value;
  throw malformed(name);
}

function zoneIn(value: unknown, name: string): string {
  const zone = textIn(value, name);
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch (cause) {
    throw malformed(name, cause);
  }
}

function wholeIn(value: unknown, most: number, name: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number;
  throw malformed(name);
}

function malformed(name: string, cause?: unknown): AnamnesisError {
  return new AnamnesisError('config-malformed', `ANAMNESIS_INTAKE: ${name}`, { cause });
}
