import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { AnamnesisError, type App, type AppKind, type AppRegistration } from '@anamnesis/protocol';
import type { Json } from 'oidc-provider';
import type { Database } from '../../storage/index.ts';
import { newSecret } from '../consent/index.ts';
import { CONTEXT_SCOPES, parseScope, type SmartScope, scopeWords } from './scopes.ts';

/** Apps that an operator registered. */
export interface AppRegistry {
  /** Registers an app. Returns it with its secret, which is shown this once. `check` may refuse it before it is kept. */
  register(given: unknown, id?: string): Promise<{ readonly app: App; readonly secret: string | null }>;
  list(): Promise<App[]>;
  /** Null when there is none, or it was disabled. */
  find(id: string): Promise<App | null>;
  /** Ends an app and every token of it at once. Returns whether there was one. */
  disable(id: string): Promise<boolean>;
  /** Its metadata as OAuth clients have them; undefined when there is none. */
  metadata(id: string): Promise<Json | undefined>;
}

const ID = /^[A-Za-z0-9.-]{1,64}$/;
const AUTH = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

function malformed(message: string): AnamnesisError {
  return new AnamnesisError('app-malformed', message);
}

interface Row {
  readonly id: string;
  readonly registration: string;
  readonly secret_hash: string | null;
  readonly disabled: boolean;
}

/** Opens the registry. `clock`: milliseconds since 1970. */
export function openApps(database: Database, clock: () => number): AppRegistry {
  const row = async (id: string): Promise<Row | undefined> => {
    if (!ID.test(id)) return undefined;
    const [found] = await database.query<Row>(
      'select id, registration, secret_hash, disabled from smart_app where id = $1 and not disabled',
      [id],
    );
    return found;
  };
  return {
    async register(given, id = randomUUID()) {
      if (!ID.test(id)) throw malformed('id must be letters, digits, dots and dashes');
      const registration = readRegistration(given);
      const secret = registration.auth.startsWith('client_secret') ? newSecret('client') : null;
      const rows = await database.query(
        `insert into smart_app (id, name, kind, registration, secret_hash, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do nothing returning id`,
        [id, registration.name, registration.kind, JSON.stringify(registration), secret && hashOf(secret), clock()],
      );
      if (rows.length === 0) throw malformed('an app of this id is registered already');
      return { app: { ...registration, id, disabled: false }, secret };
    },
    async list() {
      const rows = await database.query<Row>(
        'select id, registration, secret_hash, disabled from smart_app order by created_at, id',
      );
      return rows.map(appOf);
    },
    async find(id) {
      const found = await row(id);
      return found === undefined ? null : appOf(found);
    },
    async disable(id) {
      return database.transaction(async (tx) => {
        const rows = await tx.query(
          'update smart_app set disabled = true where id = $1 and not disabled returning id',
          [id],
        );
        await tx.query('delete from smart_entry where client = $1', [id]);
        return rows.length === 1;
      });
    },
    async metadata(id) {
      const found = await row(id);
      return found === undefined ? undefined : metadataOf(appOf(found), found.secret_hash);
    },
  };
}

/** The SHA-256 of an app's secret: 256 random bits need no slow hash. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Whether a secret is the one whose hash is stored. */
export function isSecret(hash: string | undefined, secret: string): boolean {
  if (hash === undefined) return false;
  return timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(hash.padEnd(64).slice(0, 64)));
}

/** The resource scopes of a registration. */
export function registeredScopes(app: Pick<App, 'scope'>): SmartScope[] {
  return scopeWords(app.scope).flatMap((word) => parseScope(word) ?? []);
}

function appOf({ id, registration, disabled }: Row): App {
  return { ...(JSON.parse(registration) as AppRegistration), id, disabled };
}

function metadataOf(app: App, secretHash: string | null): Json {
  const loopback = app.redirectUris.some((uri) => !uri.startsWith('https:'));
  return {
    client_id: app.id,
    client_name: app.name,
    application_type: loopback ? 'native' : 'web',
    token_endpoint_auth_method: app.auth,
    grant_types: app.kind === 'backend' ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    response_types: app.kind === 'backend' ? [] : ['code'],
    redirect_uris: app.redirectUris,
    ...(secretHash !== null && { client_secret: secretHash }),
    ...(app.jwks !== null && { jwks: app.jwks }),
    ...(app.jwksUri !== null && { jwks_uri: app.jwksUri }),
  };
}

function readRegistration(given: unknown): AppRegistration {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw malformed('the app must be an object');
  const {
    name,
    kind,
    redirectUris = [],
    launchUrl = null,
    scope,
    auth,
    jwks = null,
    jwksUri = null,
  } = given as Record<string, unknown>;
  if (typeof name !== 'string' || name.trim() === '' || name.length > 100)
    throw malformed('name must be 1 to 100 characters');
  if (kind !== 'public' && kind !== 'confidential' && kind !== 'backend')
    throw malformed('kind must be public, confidential or backend');
  if (!isTexts(redirectUris) || redirectUris.length > 20) throw malformed('redirectUris must be at most 20 addresses');
  if ((redirectUris.length === 0) !== (kind === 'backend'))
    throw malformed('redirectUris are for every app but a backend service');
  for (const uri of redirectUris) checkRedirect(uri);
  if (launchUrl !== null && (typeof launchUrl !== 'string' || !isWeb(launchUrl)))
    throw malformed('launchUrl must be an https address');
  if (typeof scope !== 'string' || scope.length > 4000) throw malformed('scope must be a scope string');
  checkScope(scope, kind);
  const method = auth ?? (kind === 'public' ? 'none' : kind === 'backend' ? 'private_key_jwt' : 'client_secret_basic');
  if (!AUTH.includes(method as never)) throw malformed(`auth must be one of ${AUTH.join(', ')}`);
  if ((method === 'none') !== (kind === 'public'))
    throw malformed('a public app has no secret, any other app authenticates');
  if (kind === 'backend' && method !== 'private_key_jwt')
    throw malformed('a backend service authenticates by private_key_jwt');
  const keyed = method === 'private_key_jwt';
  if (keyed !== ((jwks === null) !== (jwksUri === null)))
    throw malformed('either jwks or jwksUri is for private_key_jwt, and for it alone');
  if (jwks !== null && !isKeySet(jwks)) throw malformed('jwks must be a set of public keys');
  if (jwksUri !== null && (typeof jwksUri !== 'string' || !isWeb(jwksUri)))
    throw malformed('jwksUri must be an https address');
  return {
    name: name.trim(),
    kind,
    redirectUris,
    launchUrl,
    scope: scopeWords(scope).join(' '),
    auth: method as AppRegistration['auth'],
    jwks: jwks as object | null,
    jwksUri,
  };
}

function checkScope(scope: string, kind: AppKind): void {
  for (const word of scopeWords(scope)) {
    const parsed = parseScope(word);
    if (parsed === null && !CONTEXT_SCOPES.includes(word as never))
      throw malformed('scope has a word that is not understood');
    if (kind === 'backend' ? parsed?.level !== 'system' : parsed?.level === 'system') {
      throw malformed('system scopes are for backend services, and others are for apps that people use');
    }
  }
}

function checkRedirect(uri: string): void {
  const url = URL.parse(uri);
  // A custom scheme needs a dot (RFC 8252 section 7.1), which also keeps javascript: and data: out.
  const custom = url?.protocol.includes('.') ?? false;
  if (url === null || uri.includes('#') || uri.includes('*') || url.username !== '' || !(isWeb(uri) || custom)) {
    throw malformed('a redirect address is https, http on this machine, or of a scheme such as com.example.app');
  }
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

function isWeb(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname)));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one.length <= 2000);
}

function isKeySet(value: unknown): boolean {
  const keys = (value as { keys?: unknown }).keys;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > 20) return false;
  return keys.every((key: unknown) => {
    const { kty, d } = (key ?? {}) as { kty?: unknown; d?: unknown };
    return (kty === 'EC' || kty === 'RSA') && d === undefined;
  });
}
