import { appendAccess } from '../audit/index.ts';
import { type Authority, ConsentError, hashSecret, newSecret, staffAuthority } from '../consent/index.ts';
import type { SmartContext } from './context.ts';
import type { User } from './users.ts';

/** How long staff stay signed in at the portal, in seconds: half a shift. */
export const STAFF_SESSION = 4 * 3600;

/** A session as its holder gets it. `expiresAt`: seconds since 1970. */
export interface StaffSession {
  readonly token: string;
  readonly expiresAt: number;
}

/** Opens a session for a member of staff who has shown who she is. Logged as a login. */
export async function openStaffSession(smart: SmartContext, user: User, requestId: string): Promise<StaffSession> {
  const { context } = smart;
  const at = context.clock();
  const now = Math.floor(at / 1000);
  const token = newSecret('user');
  const expiresAt = now + STAFF_SESSION;
  await context.database.transaction(async (tx) => {
    await tx.query('delete from staff_session where expires_at <= $1', [now]);
    await tx.query('insert into staff_session (token_hash, user_id, expires_at) values ($1, $2, $3)', [
      hashSecret(token),
      user.id,
      expiresAt,
    ]);
    const who = { actor: user.fhirUser, display: user.name, organization: context.ledger.organization, requestId };
    const login = { at, action: 'login', outcome: 'success', purpose: 'HOPERAT', basis: 'staff' } as const;
    await appendAccess(context, tx, [{ ...who, ...login, automatic: false, patients: [], entities: [] }]);
  });
  return { token, expiresAt };
}

/** Ends a session at once. */
export async function closeStaffSession(smart: SmartContext, token: string): Promise<void> {
  await smart.context.database.query('delete from staff_session where token_hash = $1', [hashSecret(token)]);
}

/**
 * Who holds the token. A user who was disabled holds none.
 *
 * Throws ConsentError `token-unknown`, or `token-expired` when the session has ended by itself.
 */
export async function authenticateUser(smart: SmartContext, token: string): Promise<User> {
  return userOf(smart, hashSecret(token));
}

async function userOf(smart: SmartContext, tokenHash: string): Promise<User> {
  const [row] = await smart.context.database.query<User & { expires_at: number }>(
    `select u.id, u.name, u.fhir_user as "fhirUser", u.role, u.demo, s.expires_at
     from staff_session s join smart_user u on u.id = s.user_id and not u.disabled where s.token_hash = $1`,
    [tokenHash],
  );
  if (row === undefined) throw new ConsentError('token-unknown', 'the bearer token is not known here');
  const { expires_at: expiresAt, ...user } = row;
  if (expiresAt * 1000 <= smart.context.clock()) throw new ConsentError('token-expired', 'the session has ended');
  return user;
}

/** The authority of a member of staff in her session: by her role, in her own name. Throws as {@link authenticateUser}. */
export async function authorizeUser(
  smart: SmartContext,
  token: string,
  request: { readonly purpose: string; readonly requestId: string },
): Promise<Authority> {
  return authorizeUserSession(smart, hashSecret(token), request);
}

/** As {@link authorizeUser}, by the hash of a token that was presented earlier: for what goes on after the request. */
export async function authorizeUserSession(
  smart: SmartContext,
  tokenHash: string,
  request: { readonly purpose: string; readonly requestId: string },
): Promise<Authority> {
  const { name, fhirUser, role } = await userOf(smart, tokenHash);
  if (role === 'patient') throw new ConsentError('token-unknown', 'the bearer token is not known here');
  const { organization } = smart.context.ledger;
  return staffAuthority({ name, actor: fhirUser, role }, { ...request, organization });
}
