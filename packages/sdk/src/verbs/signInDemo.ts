import type { HandedAccount } from '../account/account.ts';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';
import type { SignedInUser, StaffSession } from './signInStaff.ts';

/** A patient of a demonstration: her account, with the secret of the lock that the organisation keeps. */
export interface DemoPatient extends HandedAccount {
  readonly user: SignedInUser;
}

/**
 * Signs in as somebody of a demonstration by a click: `id` is of `getSignIn().demo`. Staff get a session, patients their account
 * (`'account' in answer`), to be opened with `openAccount`.
 * Throws RequestError `forbidden` where there is nobody of that id, as everywhere in production.
 */
export async function signInDemo(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<StaffSession | DemoPatient> {
  const { id } = parameters;
  const path = `${API_BASE}/sign-in/demo`;
  const reply = await connection.request({ method: 'POST', path, body: { id }, authenticated: false, ...options });
  return reply.body() as StaffSession | DemoPatient;
}
