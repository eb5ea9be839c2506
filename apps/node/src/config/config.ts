import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ChainPolicy, chainPolicy, checkDeployment, type Deployment } from '@anamnesis/ledger/portable';
import { AnamnesisError } from '@anamnesis/protocol';
import { type IntakeSettings, readIntakeSettings } from './intake.ts';

/** Everything that a node can be told. Made once at start from the environment, then passed in. */
export interface NodeConfig {
  /** Directory id of the organisation, given at admission. */
  readonly organization: number;
  /** Name and country (ISO 3166-1 alpha-2) as its profile says them. */
  readonly name: string;
  readonly country: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Where others reach the node, without a slash at the end. */
  readonly publicUrl: string;
  /** Database (unless `databaseUrl`) and keys lie here. */
  readonly directory: string;
  readonly databaseUrl?: string | undefined;
  /** An empty PGlite directory of this version from which a new one is copied: quicker than making it. */
  readonly databaseTemplate?: string | undefined;
  readonly rpcUrls: readonly string[];
  /** Where browsers reach the ledger, for verifying; not `rpcUrls` in production unless said, since those may hold a provider's key. */
  readonly publicRpcUrls: readonly string[];
  readonly deployment: Deployment;
  readonly policy: ChainPolicy;
  /** Refuses the embedded ledger and unencrypted peers. */
  readonly production: boolean;
  readonly sealEvery: number;
  readonly sealAfterMs: number;
  readonly maxLedgerAgeMs: number;
  /** How often peers' logs are looked at and own checkpoints shown to them, in milliseconds; 0: never. */
  readonly watchEveryMs: number;
  /** A log whose leaves wait longer than this for a checkpoint, or whose signed checkpoint is not on the ledger by then, is told, in milliseconds. */
  readonly lateAfterMs: number;
  /** Largest request body, in bytes. */
  readonly bodyLimit: number;
  /** How long a client may take to send a request, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Requests per second of one client (a token, or an address without one) in the long run; five seconds' worth may come at once. 0: no limit. */
  readonly rateLimit: number;
  /** Whether `X-Forwarded-For` tells a client's address: only behind a proxy that sets it. */
  readonly trustProxy: boolean;
  /** Origins of web applications that may call this node (CORS), such as `https://app.example`; `*` for any (the default); none: no other. */
  readonly corsOrigins: readonly string[];
  /** The folder of the portal as it was built; none: the node has no pages of its own. */
  readonly portal?: string | undefined;
  /** What `DELETE Type?criteria` may delete: one record, or all that match. */
  readonly conditionalDelete: 'single' | 'multiple';
  /** A folder of FHIR packages (.tgz, or unpacked) whose profiles and value sets $validate and terminology use besides R4's. */
  readonly fhirPackages?: string | undefined;
  /** What a resource must be to be stored: of right structure, or right in everything that $validate looks at. */
  readonly validateWrites: 'structure' | 'full';
  /** How long backups of the database are kept, in days: an erasure's receipt says from when on none holds what was erased. */
  readonly backupDays: number;
  /** Intake of HL7 v2 and C-CDA; off without it. */
  readonly intake?: IntakeSettings | undefined;
  /** How long a failed delivery of a subscription is waited with the first time, in milliseconds; then twice as long each time, up to an hour. */
  readonly subscriptionRetryMs: number;
  /** How long after the start of a recovery the organisation gives its share of the account out, in seconds. */
  readonly recoveryDelay: number;
  /** People who sign in by a click on their names; none in production. */
  readonly demoUsers: readonly {
    readonly name: string;
    readonly fhirUser: string;
    readonly role?: 'patient' | 'clinician' | 'registrar' | 'operator' | 'auditor' | undefined;
  }[];
  /** An OpenID provider at which people of the organisation sign in already. */
  readonly upstream?:
    | {
        readonly issuer: string;
        readonly clientId: string;
        readonly clientSecret?: string | undefined;
        /** The claim that says who somebody is: the `external` of a user. */
        readonly claim: string;
      }
    | undefined;
}

const DEFAULTS = {
  recoveryDelay: 72 * 3600,
  sealEvery: 1_000,
  sealAfterMs: 2_000,
  maxLedgerAgeMs: 60_000,
  watchEveryMs: 15_000,
  lateAfterMs: 300_000,
  bodyLimit: 50 * 1024 * 1024,
  requestTimeoutMs: 120_000,
  rateLimit: 500,
  trustProxy: false,
  corsOrigins: ['*'] as readonly string[],
  conditionalDelete: 'single' as NodeConfig['conditionalDelete'],
  validateWrites: 'structure' as 'structure' | 'full',
  subscriptionRetryMs: 1_000,
  backupDays: 35,
};

/** Fills in what has a default. */
export function nodeConfig(
  given: Omit<NodeConfig, keyof typeof DEFAULTS | 'host' | 'production' | 'policy' | 'demoUsers' | 'publicRpcUrls'> &
    Partial<NodeConfig>,
): NodeConfig {
  return {
    host: '127.0.0.1',
    production: false,
    policy: chainPolicy('embedded'),
    demoUsers: [],
    publicRpcUrls: given.production ? [] : given.rpcUrls,
    ...DEFAULTS,
    ...given,
  };
}

/**
 * Reads the environment. This is the only place that knows its names.
 *
 * @throws AnamnesisError `config-missing` or `config-malformed`, naming the variable and not its value.
 */
export function configFromEnvironment(environment: Readonly<Record<string, string | undefined>>): NodeConfig {
  const required = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === '') throw new AnamnesisError('config-missing', `${name} is not set`);
    return value;
  };
  const whole = (name: string, fallback?: number): number => {
    const value = environment[name];
    if ((value === undefined || value === '') && fallback !== undefined) return fallback;
    if (!/^\d{1,15}$/.test(required(name))) {
      throw new AnamnesisError('config-malformed', `${name} must be a whole number`);
    }
    return Number(value);
  };
  const port = whole('PORT', 8101);
  const host = environment.HOST ?? '127.0.0.1';
  return nodeConfig({
    organization: whole('ANAMNESIS_ORGANIZATION'),
    name: required('ANAMNESIS_NAME'),
    country: environment.ANAMNESIS_COUNTRY ?? 'GB',
    host,
    port,
    publicUrl: (environment.ANAMNESIS_PUBLIC_URL ?? `http://${host}:${port}`).replace(/\/+$/, ''),
    directory: resolve(environment.ANAMNESIS_DIRECTORY ?? '.anamnesis-node'),
    databaseUrl: environment.DATABASE_URL || undefined,
    rpcUrls: addressesOf(required('ANAMNESIS_RPC_URLS')),
    ...(environment.ANAMNESIS_PUBLIC_RPC_URLS && {
      publicRpcUrls: addressesOf(environment.ANAMNESIS_PUBLIC_RPC_URLS),
    }),
    deployment: readDeploymentFile(required('ANAMNESIS_DEPLOYMENT')),
    policy: chainPolicy(environment.ANAMNESIS_CHAIN ?? 'embedded'),
    production: environment.NODE_ENV === 'production',
    recoveryDelay: whole('ANAMNESIS_RECOVERY_DELAY', DEFAULTS.recoveryDelay),
    sealEvery: whole('ANAMNESIS_SEAL_EVERY', DEFAULTS.sealEvery),
    sealAfterMs: whole('ANAMNESIS_SEAL_AFTER_MS', DEFAULTS.sealAfterMs),
    maxLedgerAgeMs: whole('ANAMNESIS_MAX_LEDGER_AGE_MS', DEFAULTS.maxLedgerAgeMs),
    watchEveryMs: whole('ANAMNESIS_WATCH_EVERY_MS', DEFAULTS.watchEveryMs),
    lateAfterMs: whole('ANAMNESIS_LATE_AFTER_MS', DEFAULTS.lateAfterMs),
    bodyLimit: whole('ANAMNESIS_BODY_LIMIT', DEFAULTS.bodyLimit),
    requestTimeoutMs: whole('ANAMNESIS_REQUEST_TIMEOUT_MS', DEFAULTS.requestTimeoutMs),
    rateLimit: whole('ANAMNESIS_RATE_LIMIT', DEFAULTS.rateLimit),
    trustProxy: environment.ANAMNESIS_TRUST_PROXY === 'true',
    corsOrigins: (environment.ANAMNESIS_CORS_ORIGINS ?? '*')
      .split(',')
      .map((origin) => origin.trim().replace(/\/$/, ''))
      .filter((origin) => origin !== ''),
    portal: environment.ANAMNESIS_PORTAL ? resolve(environment.ANAMNESIS_PORTAL) : builtPortal(),
    conditionalDelete: environment.ANAMNESIS_CONDITIONAL_DELETE === 'multiple' ? 'multiple' : 'single',
    fhirPackages: environment.ANAMNESIS_FHIR_PACKAGES ? resolve(environment.ANAMNESIS_FHIR_PACKAGES) : undefined,
    validateWrites: validateWritesOf(environment.ANAMNESIS_FHIR_VALIDATE_WRITES),
    intake: environment.ANAMNESIS_INTAKE ? readIntakeFile(resolve(environment.ANAMNESIS_INTAKE)) : undefined,
    subscriptionRetryMs: whole('ANAMNESIS_SUBSCRIPTION_RETRY_MS', DEFAULTS.subscriptionRetryMs),
    backupDays: whole('ANAMNESIS_BACKUP_DAYS', DEFAULTS.backupDays),
    demoUsers: readDemoUsers(environment.ANAMNESIS_DEMO_USERS ?? ''),
    upstream: readUpstream(environment),
  });
}

function addressesOf(text: string): string[] {
  return text.split(',').map((url) => url.trim());
}

/** The portal of this repository, if it was built (`npm run build:portal`). */
function builtPortal(): string | undefined {
  const folder = resolve(import.meta.dirname, '../../../portal/dist');
  return existsSync(join(folder, 'index.html')) ? folder : undefined;
}

function validateWritesOf(text = 'structure'): NodeConfig['validateWrites'] {
  if (text === '' || text === 'structure') return 'structure';
  if (text === 'full') return 'full';
  throw new AnamnesisError('config-malformed', 'ANAMNESIS_FHIR_VALIDATE_WRITES must be structure or full');
}

/** `Dr Hale=Practitioner/hale,Maria=Patient/m1,Desk=Practitioner/desk=registrar`. */
function readDemoUsers(text: string): NodeConfig['demoUsers'] {
  return text
    .split(',')
    .filter((entry) => entry.trim() !== '')
    .map((entry) => {
      const [name = '', fhirUser = '', role, ...more] = entry.split('=').map((part) => part.trim());
      const known = role === undefined || isStaffRole(role);
      if (name === '' || !/^(Practitioner|Patient)\/[A-Za-z0-9.-]{1,64}$/.test(fhirUser) || !known || more.length > 0) {
        throw new AnamnesisError(
          'config-malformed',
          'ANAMNESIS_DEMO_USERS must read name=Practitioner/…,name=Practitioner/…=role,name=Patient/…',
        );
      }
      return { name, fhirUser, ...(role !== undefined && { role }) };
    });
}

function isStaffRole(word: string): word is 'clinician' | 'registrar' | 'operator' | 'auditor' {
  return ['clinician', 'registrar', 'operator', 'auditor'].includes(word);
}

function readUpstream(environment: Readonly<Record<string, string | undefined>>): NodeConfig['upstream'] {
  const { ANAMNESIS_OIDC_ISSUER: issuer, ANAMNESIS_OIDC_CLIENT_ID: clientId } = environment;
  if (!issuer) return undefined;
  if (!clientId || URL.parse(issuer) === null) {
    throw new AnamnesisError(
      'config-malformed',
      'ANAMNESIS_OIDC_ISSUER must be an address, with ANAMNESIS_OIDC_CLIENT_ID',
    );
  }
  const clientSecret = environment.ANAMNESIS_OIDC_CLIENT_SECRET || undefined;
  return { issuer, clientId, clientSecret, claim: environment.ANAMNESIS_OIDC_CLAIM || 'sub' };
}

/** PEM files are named relative to the file. */
function readIntakeFile(path: string): IntakeSettings {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new AnamnesisError('config-malformed', 'ANAMNESIS_INTAKE must name a readable JSON file', { cause });
  }
  return readIntakeSettings(settings, (pem) => readFileSync(resolve(dirname(path), pem), 'utf8'));
}

function readDeploymentFile(path: string): Deployment {
  try {
    return checkDeployment(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new AnamnesisError('config-malformed', 'ANAMNESIS_DEPLOYMENT must name a readable deployment record', {
      cause,
    });
  }
}

/** Where the keys of a node lie. */
export function keysPath(config: Pick<NodeConfig, 'directory'>): string {
  return join(config.directory, 'keys.json');
}
