import type { JWK } from 'jose';
import { type Context, errors, type Interaction, Provider, type Token } from 'oidc-provider';
import { newSecret } from '../consent/index.ts';
import { ask } from '../directory/http.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { sqlAdapter } from './adapter.ts';
import { type AppRegistry, isSecret, registeredScopes } from './apps.ts';
import type { LaunchContext } from './context.ts';
import { CONTEXT_SCOPES, formatScope, parseScope, scopeWords, within } from './scopes.ts';
import type { EntryStore } from './store.ts';
import type { Users } from './users.ts';

/** Lives of what is issued, in seconds. */
const LIFE = { access: 900, code: 60, interaction: 1800, session: 12 * 3600, refresh: 90 * 86_400 } as const;
/** A client assertion is made for one request (SMART Backend Services: no more than five minutes). */
const ASSERTION_LIFE = 300;

/** What the authorization server is made of. */
export interface ProviderParts {
  readonly context: ExchangeContext;
  readonly issuer: string;
  readonly store: EntryStore;
  readonly apps: AppRegistry;
  readonly users: Users;
  /** Signs id tokens. */
  readonly idToken: JWK;
  /** Signs cookies. */
  readonly cookieKey: string;
  readonly secure: boolean;
  /** Shows an error to a person whom no app can be told it. */
  readonly renderError: (ctx: Context, error: { readonly error: string; readonly error_description?: string }) => void;
  readonly renderLogout: (ctx: Context, form: string) => void;
}

/**
 * The OAuth 2.0 authorization server and OpenID provider (oidc-provider) as SMART App Launch 2.2 wants it: PKCE with S256 only, `aud` checked, scopes of
 * resources as resource scopes of the FHIR base, context beside the tokens, refresh tokens that rotate and whose reuse ends the whole grant.
 */
export function createProvider(parts: ProviderParts): Provider {
  const { context, issuer, store, apps, users } = parts;
  const { base } = context;
  const provider = new Provider(issuer, {
    adapter: sqlAdapter(store, apps),
    jwks: { keys: [parts.idToken] },
    cookies: {
      names: { session: 'ana_session', interaction: 'ana_interaction', resume: 'ana_resume' },
      keys: [parts.cookieKey],
      long: { httpOnly: true, sameSite: 'lax', signed: true, secure: parts.secure },
      short: { httpOnly: true, sameSite: 'lax', signed: true, secure: parts.secure },
    },
    routes: {
      authorization: '/authorize',
      token: '/token',
      jwks: '/jwks',
      introspection: '/introspect',
      revocation: '/revoke',
      end_session: '/logout',
    },
    scopes: [...CONTEXT_SCOPES],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'], profile: ['name', 'profile'] },
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'], idTokenSigningAlgValues: ['RS256'] },
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      // A server may ask about any token that it was shown; whoever has no secret, and whoever revokes, is heard on its own alone.
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx: Context, client: { clientId: string; clientAuthMethod: string }, token: Token) =>
          client.clientAuthMethod !== 'none' || token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx: Context, client: { clientId: string }, token: Token) =>
          token.clientId === client.clientId,
      },
      rpInitiatedLogout: { enabled: true, logoutSource: parts.renderLogout, postLogoutSuccessSource: signedOut(parts) },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => base,
        useGrantedResource: async () => true,
        getResourceServerInfo: (ctx: Context, resource: string) => fhirServer(ctx, resource, base, apps),
      },
    },
    // SMART's `aud` names the FHIR server that the app means to talk to; another's must not get a code for ours.
    extraParams: {
      aud: (_ctx: Context, value: string | undefined) => {
        if (value?.replace(/\/$/, '') !== base)
          throw new errors.InvalidRequest('aud must be the base of this FHIR server');
      },
      launch: () => {},
    },
    extraTokenClaims: (_ctx: Context, token: Token) => claimsOf(token, store, users, base),
    findAccount: async (_ctx: Context, id: string) => {
      const user = await users.find(id);
      if (user === null) return undefined;
      const fhirUser = `${base}/${user.fhirUser}`;
      return { accountId: id, claims: async () => ({ sub: id, name: user.name, fhirUser, profile: fhirUser }) };
    },
    // Every launch is asked for anew: what was granted for one patient is no grant for the next.
    loadExistingGrant: async (ctx: Context) => {
      const id = ctx.oidc.result?.consent?.grantId;
      return id === undefined ? undefined : provider.Grant.find(id);
    },
    issueRefreshToken: async (_ctx: Context, client: { grantTypeAllowed(type: string): boolean }, source: Token) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    expiresWithSession: async (_ctx: Context, source: Token) => !source.scopes.has('offline_access'),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: LIFE.access,
      ClientCredentials: 300,
      AuthorizationCode: LIFE.code,
      IdToken: LIFE.access,
      Interaction: LIFE.interaction,
      Session: LIFE.session,
      Grant: LIFE.refresh,
      RefreshToken: LIFE.refresh,
    },
    interactions: { url: (_ctx: Context, interaction: Interaction) => `${issuer}/interaction/${interaction.uid}` },
    assertJwtClientAuthClaimsAndHeader: async (
      _ctx: Context,
      claims: { exp: number; iat?: number; jti: unknown },
      header: { jku?: unknown },
      client: { jwksUri?: string },
    ) => {
      const now = Math.floor(context.clock() / 1000);
      if (claims.exp > now + ASSERTION_LIFE + 15)
        throw new errors.InvalidClientAuth('the assertion lives longer than five minutes');
      if (typeof claims.jti !== 'string' || claims.jti.length > 128)
        throw new errors.InvalidClientAuth('the jti must be a short string');
      if (header.jku !== undefined && header.jku !== client.jwksUri) {
        throw new errors.InvalidClientAuth('jku is not the registered key set');
      }
    },
    // A browser app asks from the origin to which it is redirected.
    clientBasedCORS: (_ctx: Context, origin: string, client: { redirectUris: readonly string[] }) =>
      client.redirectUris.some((uri) => URL.parse(uri)?.origin === origin),
    // Key sets of apps are fetched as peers' profiles are: never from our own network, never more than fits.
    fetch: async (url: string | URL) => {
      const { status, contentType, bytes } = await ask(String(url), {
        ...context.limits,
        timeoutMs: 5_000,
        maxBytes: 64 * 1024,
      });
      return new Response(Uint8Array.from(bytes), { status, headers: { 'content-type': contentType } });
    },
    renderError: parts.renderError,
  });
  provider.proxy = parts.secure;
  provider.silent = true;
  provider.Client.prototype.compareClientSecret = function compare(this: { clientSecret?: string }, actual: string) {
    return isSecret(this.clientSecret, actual);
  };
  // A prefix tells our tokens from one another, for people and for secret scanners.
  provider.AccessToken.prototype.generateTokenId = newTokenId;
  provider.ClientCredentials.prototype.generateTokenId = newTokenId;
  provider.use(async (ctx, next) => {
    if (ctx.path === '/authorize' && ctx.method === 'GET') askConsent(ctx);
    await next();
    if (ctx.path === '/token' && ctx.status === 200) addContext(ctx);
  });
  return provider;
}

function newTokenId(this: { format?: string }): string {
  this.format = 'opaque';
  return newSecret('app');
}

/** The person is asked for each launch, so `prompt=consent` goes without saying; without it `offline_access` would be dropped. */
function askConsent(ctx: Context): void {
  const { prompt } = ctx.query;
  if (prompt === undefined) ctx.query = { ...ctx.query, prompt: 'consent' };
  else if (typeof prompt === 'string' && prompt !== 'none' && !prompt.split(' ').includes('consent')) {
    ctx.query = { ...ctx.query, prompt: `${prompt} consent` };
  }
}

/** Tells the app what its launch is about (SMART App Launch 2.2, launch context in the token response). */
function addContext(ctx: Context): void {
  const { extra } = ctx.oidc.entities.AccessToken ?? {};
  if (extra === undefined) return;
  const { fhirUser, ...about } = extra;
  ctx.body = { ...about, ...(ctx.body as object) };
}

async function claimsOf(token: Token, store: EntryStore, users: Users, base: string): Promise<object | undefined> {
  if (token.grantId === undefined || token.accountId === undefined) return undefined;
  const entry = await store.get('LaunchContext', token.grantId);
  const user = await users.find(token.accountId);
  if (entry === null || user === null) return undefined;
  // What was kept before fhirContext was known has none.
  const { patient, encounter, banner, fhirContext = [] } = entry.value as Partial<LaunchContext>;
  return {
    ...(patient && { patient, need_patient_banner: banner }),
    ...(encounter && { encounter }),
    ...(fhirContext.length > 0 && { fhirContext }),
    ...(token.scopes.has('fhirUser') && { fhirUser: `${base}/${user.fhirUser}` }),
  };
}

/**
 * The FHIR server as oidc-provider's one resource server. Scopes of resources are open-ended, so which it has is told for the request at hand: at the token
 * endpoint those that were granted, for a backend service those that its registration covers, at the authorization endpoint all that are understood.
 */
async function fhirServer(ctx: Context, resource: string, base: string, apps: AppRegistry): Promise<object> {
  if (resource.replace(/\/$/, '') !== base)
    throw new errors.InvalidTarget('resource must be the base of this FHIR server');
  const answer = (scope: string) => ({ scope, audience: base, accessTokenFormat: 'opaque' });
  const { params, client, entities } = ctx.oidc;
  if (params.grant_type === 'client_credentials') {
    const words = scopeWords(params.scope);
    const app = await apps.find(client.clientId);
    const allowed = app === null ? [] : registeredScopes(app);
    const granted = words.flatMap((word) => {
      const parsed = parseScope(word);
      const covered = parsed?.level === 'system' ? within(parsed, allowed) : [];
      // A word of version 1 stays as it was asked where all of it is covered.
      return parsed && covered.length === 1 && covered[0] && formatScope(covered[0]) === formatScope(parsed)
        ? [word]
        : covered.map(formatScope);
    });
    if (granted.length === 0)
      throw new errors.InvalidScope('the scope has nothing that this client may be given', params.scope ?? '');
    params.scope = [...new Set(granted)].join(' ');
    return answer(params.scope);
  }
  if (entities.Grant !== undefined && params.grant_type !== undefined)
    return answer(entities.Grant.getResourceScope(base));
  const understood = scopeWords(params.scope).filter(
    (word) => CONTEXT_SCOPES.includes(word as never) || parseScope(word) !== null,
  );
  return answer(understood.join(' '));
}

function signedOut({ renderError }: ProviderParts): (ctx: Context) => void {
  return (ctx) => renderError(ctx, { error: 'signed_out', error_description: 'You are signed out.' });
}
