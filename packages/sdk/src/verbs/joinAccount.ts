import type { LockedAccount } from '../account/account.ts';
import type { SealedContents } from '../account/accountFile.ts';
import type { NewLock } from '../account/locks.ts';
import type { Connection } from '../client/connection.ts';
import { signSession } from '../session/openSession.ts';
import type { Signer } from '../session/signer.ts';
import { API_BASE } from './base.ts';

/** A new lock, with the answer of `navigator.credentials.create()` as JSON where it is a passkey's. */
export interface OfferedLock extends NewLock {
  readonly credential?: unknown;
}

/** What the browser needs to make the first passkey of an enrolled patient. Throws RequestError `not-found` for a code that is wrong, used or too old. */
export async function beginJoin(
  connection: Connection,
  parameters: { readonly code: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly options: unknown }> {
  const path = `${API_BASE}/accounts/options`;
  const reply = await connection.request({ method: 'POST', path, body: parameters, authenticated: false, ...options });
  return reply.body() as { options: unknown };
}

/**
 * Makes a patient's account: links her key, keeps the locks and the encrypted file. Calling it again after an answer was lost gives the same account.
 * Throws RequestError `not-found` (code), `unauthorized` (the passkey does not verify: begin again), `conflict`, `too-many-requests`.
 */
export async function joinAccount(
  connection: Connection,
  parameters: {
    readonly code: string;
    /** Of her first key at this organisation: `subjectAccount(seed, …)`. */
    readonly signer: Signer;
    readonly organization: number;
    readonly chainId: number;
    readonly locks: readonly OfferedLock[];
    readonly file: SealedContents;
  },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<LockedAccount> {
  const { code, signer, organization, chainId, locks, file } = parameters;
  const session = await signSession({ signer, organization, chainId, lifetime: 300 });
  const body = { code, session, locks, file };
  const path = `${API_BASE}/accounts`;
  const reply = await connection.request({ method: 'POST', path, body, authenticated: false, ...options });
  return (reply.body() as { account: LockedAccount }).account;
}
