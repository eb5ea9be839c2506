import { fromBase64Url } from '@anamnesis/protocol';
import type { HandedAccount } from './account.ts';
import { type AccountContents, openAccountContents } from './accountFile.ts';
import { type Lock, openAnyLock } from './locks.ts';

/** An account that is open in this page. The seed signs for its holder: it stays in memory and is never sent. */
export interface OpenedAccount {
  readonly seed: Uint8Array;
  readonly contents: AccountContents;
}

/**
 * Opens an account with whatever secrets there are: those that the organisation gave out, and `secretOf` for the others (a passkey's PRF output, what
 * `fromPassphrase` gave; null for what cannot be opened here).
 * Throws `account-locked` when no lock opens, or the file is not of this seed.
 */
export async function openAccount(
  { account, secrets }: HandedAccount,
  secretOf: (lock: Lock) => Promise<Uint8Array | null> | Uint8Array | null = () => null,
): Promise<OpenedAccount> {
  const seed = await openAnyLock(account.locks, (lock) => {
    const given = secrets[lock.id];
    return given === undefined ? secretOf(lock) : fromBase64Url(given);
  });
  return { seed, contents: await openAccountContents(seed, account.file) };
}
