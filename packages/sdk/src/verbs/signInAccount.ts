import type { PassphraseKdf } from '@anamnesis/crypto';
import type { HandedAccount } from '../account/account.ts';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/**
 * Begins a patient's sign-in: options for `navigator.credentials.get()` (they ask for the PRF output), and, where `account` is named, how its passphrase is
 * stretched (`fromPassphrase`).
 */
export async function beginAccountSignIn(
  connection: Connection,
  parameters: { readonly account?: string | undefined } = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly state: string; readonly options: unknown; readonly kdf?: PassphraseKdf }> {
  const body = parameters.account === undefined ? {} : { account: parameters.account };
  const path = `${API_BASE}/accounts/sign-in/options`;
  const reply = await connection.request({ method: 'POST', path, body, authenticated: false, ...options });
  return reply.body() as { state: string; options: unknown; kdf?: PassphraseKdf };
}

/**
 * Ends it: with the browser's answer as JSON, or the account and what `fromPassphrase` gave as `verifier`. The account comes locked; open it with
 * `openAccount`. Throws RequestError `unauthorized`, `too-many-requests`.
 */
export async function finishAccountSignIn(
  connection: Connection,
  parameters:
    | { readonly state: string; readonly credential: unknown }
    | { readonly account: string; readonly verifier: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<HandedAccount> {
  const path = `${API_BASE}/accounts/sign-in`;
  const reply = await connection.request({ method: 'POST', path, body: parameters, authenticated: false, ...options });
  return reply.body() as HandedAccount;
}
