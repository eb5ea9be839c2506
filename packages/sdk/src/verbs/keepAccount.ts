import type { LockedAccount } from '../account/account.ts';
import type { SealedContents } from '../account/accountFile.ts';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';
import type { OfferedLock } from './joinAccount.ts';

/** The account of the patient whose session the connection has, locked. Throws RequestError `not-found` when she has none here. */
export async function getAccount(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<LockedAccount> {
  const reply = await connection.request({ path: `${API_BASE}/accounts/me`, ...options });
  return (reply.body() as { account: LockedAccount }).account;
}

/**
 * Writes the encrypted file over the version that was read. Writing the same again after an answer was lost is the same write.
 * Returns the new version. Throws RequestError `conflict` (412) when another device wrote in between: `getAccount`, merge, write again.
 */
export async function putAccountFile(
  connection: Connection,
  parameters: { readonly file: SealedContents; readonly version: number },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const headers = { 'if-match': `W/"${parameters.version}"` };
  const path = `${API_BASE}/accounts/me/file`;
  const reply = await connection.request({ method: 'PUT', path, body: parameters.file, headers, ...options });
  return (reply.body() as { version: number }).version;
}

/** What the browser needs to make one more passkey. */
export async function beginLock(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly options: unknown }> {
  const path = `${API_BASE}/accounts/me/locks/options`;
  return (await connection.request({ method: 'POST', path, body: {}, ...options })).body() as { options: unknown };
}

/** Adds a lock: a second device, a passphrase, or one that the organisation keeps. Throws RequestError `unauthorized` when the passkey does not verify. */
export async function addLock(
  connection: Connection,
  parameters: OfferedLock,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<LockedAccount> {
  const path = `${API_BASE}/accounts/me/locks`;
  const reply = await connection.request({ method: 'POST', path, body: parameters, ...options });
  return (reply.body() as { account: LockedAccount }).account;
}

/** Takes a lock away, as of a device that was lost. Throws RequestError `conflict` for the last one, `not-found`. */
export async function removeLock(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const path = `${API_BASE}/accounts/me/locks/${encodeURIComponent(parameters.id)}`;
  await connection.request({ method: 'DELETE', path, ...options });
}
