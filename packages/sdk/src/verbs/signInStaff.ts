import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';
import type { PersonKind } from './getSignIn.ts';

/** Somebody who is signed in. */
export interface SignedInUser {
  readonly id: string;
  readonly name: string;
  readonly fhirUser: string;
  readonly role: PersonKind;
  /** Whether she is of a demonstration: anybody can be her. */
  readonly demo: boolean;
}

/** A session of staff. Keep the token in memory alone. `expiresAt`: seconds since 1970. */
export interface StaffSession {
  readonly token: string;
  readonly expiresAt: number;
  readonly user: SignedInUser;
}

/** Begins a sign-in with a passkey: options for `navigator.credentials.get()`, and the state to send back with its answer. */
export async function beginStaffSignIn(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly state: string; readonly options: unknown }> {
  const path = `${API_BASE}/sign-in/passkey/options`;
  const reply = await connection.request({ method: 'POST', path, body: {}, authenticated: false, ...options });
  return reply.body() as { state: string; options: unknown };
}

/** Ends it: `credential` is the browser's answer as JSON. Throws RequestError `unauthorized`, `too-many-requests`. */
export async function finishStaffSignIn(
  connection: Connection,
  parameters: { readonly state: string; readonly credential: unknown },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<StaffSession> {
  const path = `${API_BASE}/sign-in/passkey`;
  const reply = await connection.request({ method: 'POST', path, body: parameters, authenticated: false, ...options });
  return reply.body() as StaffSession;
}

/** Who is signed in with the connection's token. Throws RequestError `unauthorized` when the session has ended. */
export async function whoAmI(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<SignedInUser> {
  return (await connection.request({ path: `${API_BASE}/sign-in/me`, ...options })).body() as SignedInUser;
}

/** Ends the session of the connection's token at once. */
export async function signOutStaff(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await connection.request({ method: 'DELETE', path: `${API_BASE}/sign-in`, ...options });
}
