import { type Client, getAccessLog } from '@anamnesis/sdk';
import { isPart, parts, textOf } from './text.ts';

/** Somebody who did something with her records, from an AuditEvent of the access log. */
export interface Look {
  readonly id: string;
  readonly who: string;
  /** The reference of who did it, such as `Practitioner/7`. */
  readonly actor: string;
  /** Directory id of the organisation on whose behalf; null where none is named. */
  readonly organization: number | null;
  /** As FHIR writes an instant. */
  readonly when: string;
  /** HL7 v3 PurposeOfUse code. */
  readonly purpose: string;
  /** What was done: `read`, `search-type`, `create`, `release`, `refusal`, `grant`, `emergency`, … */
  readonly deed: string;
  readonly automatic: boolean;
  readonly refused: boolean;
  readonly emergency: boolean;
  /** How many records it names. */
  readonly records: number;
}

/** A page of them. */
export interface Looks {
  readonly looks: readonly Look[];
  readonly next: number | null;
}

/** Entries asked for where the page before told of herself alone. */
const FURTHER = 500;

/**
 * Who looked, newest first, herself left out: of `count` entries (50 if not said), or of more where those are all her own, so that nobody is there only where nobody is.
 * `before`: from the page before. Throws RequestError.
 */
export async function fetchLooks(
  client: Client,
  patient: string,
  { before, count = 50 }: { readonly before?: number | undefined; readonly count?: number } = {},
): Promise<Looks> {
  for (let from = before, size = count; ; size = FURTHER) {
    const { entries, next } = await getAccessLog(client, { count: size, ...(from !== undefined && { before: from }) });
    const looks = entries.map(({ event }) => lookOf(event)).filter(({ actor }) => actor !== `Patient/${patient}`);
    if (looks.length > 0 || next === null) return { looks, next };
    from = next;
  }
}

/** What an entry of the access log says. */
export function lookOf(event: { readonly id?: string; readonly [element: string]: unknown }): Look {
  const agents = parts(event.agent);
  const agent = agents.find(({ requestor }) => requestor === true) ?? {};
  const who = isPart(agent.who) ? agent.who : {};
  const deed = textOf(parts(event.subtype)[0]?.code) ?? '';
  const organizations = agents.flatMap((one) => {
    const of = isPart(one.who) ? one.who : {};
    const value = isPart(of.identifier) && of.type === 'Organization' ? Number(of.identifier.value) : Number.NaN;
    return Number.isSafeInteger(value) ? [value] : [];
  });
  const policies = parts(agents).flatMap(({ policy }) => (Array.isArray(policy) ? policy : []));
  const reference = textOf(who.reference) ?? '';
  const records = parts(event.entity).flatMap(({ what }) =>
    isPart(what) && /\/_history\//.test(textOf(what.reference) ?? '') ? [what] : [],
  );
  return {
    id: event.id ?? '',
    who: textOf(who.display) ?? reference,
    actor: reference,
    organization: organizations[0] ?? null,
    when: textOf(event.recorded) ?? '',
    purpose: textOf(parts(parts(event.purposeOfEvent)[0]?.coding)[0]?.code) ?? '',
    deed,
    automatic: reference.startsWith('Device/'),
    refused: event.outcome !== '0',
    emergency: deed === 'emergency' || policies.some((policy) => String(policy).endsWith('/emergency')),
    records: records.length,
  };
}
