import {
  ALL,
  type Authority,
  ConsentError,
  NOTHING,
  ownScope,
  seesRecords,
  type WholeScope,
} from '../consent/index.ts';
import type { SmartContext } from './context.ts';
import { parseScope, rulesOf, type SmartScope, scopeWords } from './scopes.ts';
import { entryKey } from './store.ts';
import type { User, UserRole } from './users.ts';

interface TokenRow {
  readonly kind: string;
  readonly key: string;
  readonly content: Uint8Array;
  readonly app: string;
  readonly app_name: string;
  readonly user_name: string | null;
  readonly fhir_user: string | null;
  readonly role: UserRole | null;
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
  const { context, store } = smart;
  const [row] = await context.database.query<TokenRow>(
    `select e.kind, e.key, e.content, a.id as app, a.name as app_name, u.name as user_name, u.fhir_user, u.role
     from smart_entry e join smart_app a on a.id = e.client and not a.disabled
       left join smart_user u on u.id = e.account and not u.disabled
     where e.kind in ('AccessToken', 'ClientCredentials') and e.key = $1 and e.expires_at > $2 and (
       e.kind = 'ClientCredentials' and e.account is null or
       u.id is not null and exists (select from smart_entry g where g.kind = 'Grant' and g.key = e.grant_key))`,
    [entryKey(token), Math.floor(context.clock() / 1000)],
  );
  if (row === undefined) throw new ConsentError('token-unknown', 'the bearer token is not known here');
  const { scope = '', extra } = store.open(row.kind, row.key, row.content) as TokenPayload;
  const scopes = scopeWords(scope).flatMap((word) => parseScope(word) ?? []);
  const app = { id: row.app, name: row.app_name };
  if (row.fhir_user === null) {
    const system = scopes.filter(({ level }) => level === 'system');
    return narrowed(
      smart,
      { fhirUser: `Device/${row.app}`, name: row.app_name, role: 'clinician' },
      app,
      system,
      null,
      {
        ...request,
        for: 'system',
      },
    );
  }
  const person = { fhirUser: row.fhir_user, name: row.user_name ?? '', role: row.role ?? 'patient' };
  const patient = extra?.patient ?? null;
  const own = row.fhir_user.startsWith('Patient/');
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
  const { scope: within, readOnly } = userScope(who);
  const rules = rulesOf(scopes, { patient, readOnly });
  const may = (letters: string): boolean =>
    rules.some(({ actions }) => [...letters].some((letter) => actions.includes(letter)));
  return {
    actor: who.fhirUser,
    display: who.name,
    organization: context.ledger.organization,
    purpose: request.for === 'subject' ? 'PATRQT' : request.purpose,
    basis: { kind: 'app', for: request.for },
    scope: { kind: 'narrowed', within, rules, action: null },
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
