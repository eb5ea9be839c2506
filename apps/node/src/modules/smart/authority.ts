import {
  ALL,
  type Authority,
  ConsentError,
  NOTHING,
  ownScope,
  seesRecords,
  type WholeScope,
} from '../consent/index.ts';
import { registeredScopes } from './apps.ts';
import type { SmartContext } from './context.ts';
import { formatScope, parseScope, rulesOf, type SmartScope, scopeWords, within } from './scopes.ts';
import { entryKey } from './store.ts';
import type { User, UserRole } from './users.ts';

interface TokenRow {
  readonly kind: string;
  readonly key: string;
  readonly content: Uint8Array;
}

/** What a token's payload says that an authority is made of. */
interface TokenPayload {
  readonly scope?: string;
  readonly extra?: { readonly patient?: string };
}

/** Whose records a user may see and whether she may write, without any app: staff as in all of the node, a patient her own. */
export function userScope({ fhirUser, role }: Pick<User, 'fhirUser' | 'role'>): {
  readonly scope: WholeScope;
  readonly readOnly: boolean;
} {
  if (fhirUser.startsWith('Patient/')) return { scope: ownScope(fhirUser.slice('Patient/'.length)), readOnly: true };
  // Nobody gets at records through an app who does not see them herself.
  return role === 'patient' || !seesRecords(role)
    ? { scope: NOTHING, readOnly: true }
    : { scope: ALL, readOnly: false };
}

/** An app that was allowed something: for whom, about whom, and by which grant. */
export interface AppStanding {
  readonly app: string;
  /** Id of the user; null for a backend service. */
  readonly account: string | null;
  /** The grant's name in the database; null for a backend service. */
  readonly grant: string | null;
  readonly scope: string;
  readonly patient: string | null;
}

interface Holder {
  readonly app: string;
  readonly app_name: string;
  readonly user_name: string | null;
  readonly fhir_user: string | null;
  readonly role: UserRole | null;
}

/** Rows of tokens that open something at this moment, of apps and users that are not disabled. `$1`: seconds since 1970. */
const LIVE = `smart_entry e join smart_app a on a.id = e.client and not a.disabled
       left join smart_user u on u.id = e.account and not u.disabled
     where e.expires_at > $1 and (
       e.kind = 'ClientCredentials' and e.account is null or
       u.id is not null and exists (select from smart_entry g where g.kind = 'Grant' and g.key = e.grant_key))`;

/**
 * The authority of an app's request: what its user may do, narrowed by the scopes of the token. It is made from the database at each request, so a token
 * that was revoked, or whose app or user was disabled, opens nothing more.
 *
 * Throws ConsentError `token-unknown`, also for a token that has ended.
 */
export async function authorizeApp(
  smart: SmartContext,
  token: string,
  request: { readonly purpose: string; readonly requestId: string },
): Promise<Authority> {
  const { holder, standing } = await holderOf(smart, token);
  return authorityOf(smart, holder, standing, request);
}

/** What an app holds with a token: for what goes on after the request. Throws ConsentError `token-unknown`. */
export async function appStanding(smart: SmartContext, token: string): Promise<AppStanding> {
  return (await holderOf(smart, token)).standing;
}

/**
 * Who the person is for whom an app holds a token, as the token's scopes let it know (OpenID Connect Core, section 5.4). Null where the app did not ask who
 * she is (`openid`), or acts by itself. Throws ConsentError `token-unknown`.
 */
export async function claimsOfUser(
  smart: SmartContext,
  token: string,
): Promise<{ readonly sub: string; readonly [claim: string]: string } | null> {
  const { holder, standing } = await holderOf(smart, token);
  const scopes = scopeWords(standing.scope);
  if (standing.account === null || !scopes.includes('openid')) return null;
  const fhirUser = `${smart.context.base}/${holder.fhir_user}`;
  return {
    sub: standing.account,
    ...(scopes.includes('fhirUser') && { fhirUser }),
    ...(scopes.includes('profile') && { name: holder.user_name ?? '', profile: fhirUser }),
  };
}

/**
 * The authority of an app after the request in which it asked for something that goes on: while its grant has a token that lives and for what such a token
 * still says; a backend service, whose tokens live five minutes, while it is registered and within what it is registered for.
 *
 * Throws ConsentError `token-unknown` when that has ended.
 */
export async function authorizeStanding(
  smart: SmartContext,
  standing: AppStanding,
  request: { readonly purpose: string; readonly requestId: string },
): Promise<Authority> {
  const ended = () => new ConsentError('token-unknown', 'what the app was allowed has ended');
  const app = await smart.apps.find(standing.app);
  if (app === null) throw ended();
  const asked = scopeWords(standing.scope).flatMap((word) => parseScope(word) ?? []);
  const limited = (allowed: readonly SmartScope[]) => asked.flatMap((one) => within(one, allowed)).map(formatScope);
  if (standing.grant === null) {
    const holder = { app: app.id, app_name: app.name, user_name: null, fhir_user: null, role: null };
    return authorityOf(smart, holder, { ...standing, scope: limited(registeredScopes(app)).join(' ') }, request);
  }
  const { context, store } = smart;
  const rows = await context.database.query<TokenRow & Holder>(
    `select e.kind, e.key, e.content, a.id as app, a.name as app_name, u.name as user_name, u.fhir_user, u.role from ${LIVE}
       and e.kind in ('AccessToken', 'RefreshToken') and e.grant_key = $2 and e.consumed_at is null and e.client = $3`,
    [Math.floor(context.clock() / 1000), standing.grant, standing.app],
  );
  const [holder] = rows;
  if (holder === undefined) throw ended();
  const alive = rows.flatMap(({ kind, key, content }) => {
    const { scope } = store.open(kind, key, content) as TokenPayload;
    return scopeWords(scope).flatMap((word) => parseScope(word) ?? []);
  });
  return authorityOf(smart, holder, { ...standing, scope: limited(alive).join(' ') }, request);
}

async function holderOf(smart: SmartContext, token: string): Promise<{ holder: Holder; standing: AppStanding }> {
  const { context, store } = smart;
  const [row] = await context.database.query<TokenRow & Holder & { account: string | null; grant_key: string | null }>(
    `select e.kind, e.key, e.content, e.account, e.grant_key, a.id as app, a.name as app_name, u.name as user_name, u.fhir_user, u.role
     from ${LIVE} and e.kind in ('AccessToken', 'ClientCredentials') and e.key = $2`,
    [Math.floor(context.clock() / 1000), entryKey(token)],
  );
  if (row === undefined) throw new ConsentError('token-unknown', 'the bearer token is not known here');
  const { scope = '', extra } = store.open(row.kind, row.key, row.content) as TokenPayload;
  const { account, app } = row;
  const grant = account === null ? null : row.grant_key;
  return { holder: row, standing: { app, account, grant, scope, patient: extra?.patient ?? null } };
}

function authorityOf(
  smart: SmartContext,
  { app: id, app_name: name, fhir_user: fhirUser, user_name: userName, role }: Holder,
  { scope, patient }: AppStanding,
  request: { readonly purpose: string; readonly requestId: string },
): Authority {
  const scopes = scopeWords(scope).flatMap((word) => parseScope(word) ?? []);
  const app = { id, name };
  if (fhirUser === null) {
    const system = scopes.filter(({ level }) => level === 'system');
    return narrowed(smart, { fhirUser: `Device/${id}`, name, role: 'clinician' }, app, system, null, {
      ...request,
      for: 'system',
    });
  }
  const person = { fhirUser, name: userName ?? '', role: role ?? 'patient' } as const;
  const own = fhirUser.startsWith('Patient/');
  const users = scopes.filter(({ level }) => level !== 'system');
  return narrowed(smart, person, app, users, patient, { ...request, for: own ? 'subject' : 'staff' });
}

function narrowed(
  { context }: SmartContext,
  who: Pick<User, 'fhirUser' | 'name' | 'role'>,
  app: { readonly id: string; readonly name: string },
  scopes: readonly SmartScope[],
  patient: string | null,
  request: { readonly purpose: string; readonly requestId: string; readonly for: 'staff' | 'subject' | 'system' },
): Authority {
  const { scope: own, readOnly } = userScope(who);
  const rules = rulesOf(scopes, { patient, readOnly });
  const may = (letters: string): boolean =>
    rules.some(({ actions }) => [...letters].some((letter) => actions.includes(letter)));
  return {
    actor: who.fhirUser,
    display: who.name,
    organization: context.ledger.organization,
    purpose: request.for === 'subject' ? 'PATRQT' : request.purpose,
    basis: { kind: 'app', for: request.for },
    scope: { kind: 'narrowed', within: own, rules, action: null },
    // What rules leave out is answered by the rules, with 403 insufficient_scope: so reading is never refused before them.
    actions: new Set(may('cud') || !readOnly ? ['read', 'write'] : ['read']),
    app,
    automatic: request.for === 'system',
    requestId: request.requestId,
  };
}

/** The authority of somebody at our own pages, where she picks whose records an app is to see: hers, and named with the app in the access log. */
export function pickerAuthority(
  { context }: SmartContext,
  user: User,
  app: { readonly id: string; readonly name: string },
  requestId: string,
): Authority {
  const { scope } = userScope(user);
  const own = user.fhirUser.startsWith('Patient/');
  return {
    actor: user.fhirUser,
    display: user.name,
    organization: context.ledger.organization,
    purpose: own ? 'PATRQT' : 'TREAT',
    basis: { kind: 'app', for: own ? 'subject' : 'staff' },
    scope,
    actions: new Set(['read']),
    app,
    automatic: false,
    requestId,
  };
}
