import { createHmac, randomBytes } from 'node:crypto';
import type { PassphraseKdf } from '@anamnesis/crypto';
import { hashSecret } from '../consent/index.ts';
import { findAccount, heldSecrets } from './accounts.ts';
import type { AccountsContext } from './context.ts';
import type { OpenableAccount } from './demo.ts';
import { AccountError } from './errors.ts';
import type { StoredLock } from './lock.ts';
import { accountOfPasskey, passkeySignInOptions } from './passkeys.ts';

/** What a browser needs to sign in to an account: with a passkey, or, where it names the account, with its passphrase. */
export interface SignInOptions {
  readonly state: string;
  readonly options: object;
  readonly kdf?: PassphraseKdf;
}

const ACCOUNT = /^[A-Za-z0-9_-]{22}$/;

/** Begins a sign-in. An account that does not exist is given a kdf as well, always the same one, so that nobody learns which exist. */
export async function beginAccountSignIn(accounts: AccountsContext, account: unknown): Promise<SignInOptions> {
  const state = randomBytes(16).toString('base64url');
  const options = await passkeySignInOptions(accounts, placeOf(state));
  if (typeof account !== 'string' || !ACCOUNT.test(account)) return { state, options };
  const { database } = accounts.smart.context;
  const [row] = await database.query<{ content: string }>(
    `select content from account_lock where account = $1 and kind = 'passphrase' order by created_at, id limit 1`,
    [account],
  );
  const lock = row === undefined ? null : (JSON.parse(row.content) as StoredLock & { kind: 'passphrase' });
  return { state, options, kdf: lock?.kdf ?? pretended(accounts, account) };
}

/**
 * Ends a sign-in: `{state, credential}` of a passkey, or `{account, verifier}` of a passphrase. Gives the account and what the organisation keeps of it.
 *
 * Throws AccountError `sign-in-refused`; 429 after ten failures within five minutes, of an address or of an account.
 */
export async function finishAccountSignIn(
  accounts: AccountsContext,
  body: unknown,
  address: string,
): Promise<OpenableAccount> {
  const { state, credential, account, verifier } = (body ?? {}) as Record<string, unknown>;
  const { attempts, context } = accounts.smart;
  const keys = [
    `ip:${address}`,
    ...(typeof account === 'string' && ACCOUNT.test(account) ? [`account:${account}`] : []),
  ];
  for (const key of keys) await attempts.require(key);
  const id =
    typeof state === 'string'
      ? await accountOfPasskey(accounts, placeOf(state), credential)
      : await accountOfPassphrase(accounts, account, verifier);
  const found = id === null ? null : await findAccount(context.database, id);
  if (found === null) {
    for (const key of keys) await attempts.failed(key);
    throw new AccountError('sign-in-refused', 'This does not open an account here');
  }
  return { account: found, secrets: await heldSecrets(accounts, found.id) };
}

async function accountOfPassphrase(
  { smart }: AccountsContext,
  account: unknown,
  verifier: unknown,
): Promise<string | null> {
  if (typeof account !== 'string' || typeof verifier !== 'string') return null;
  // Found by a hash of 256 bits that scrypt made: nothing is compared letter by letter.
  const [row] = await smart.context.database.query<{ account: string }>(
    'select account from account_lock where account = $1 and verifier = $2',
    [account, hashSecret(verifier)],
  );
  return row?.account ?? null;
}

function pretended({ vaultKey }: AccountsContext, account: string): PassphraseKdf {
  const salt = createHmac('sha256', vaultKey).update(`kdf/${account}`).digest().subarray(0, 16).toString('base64');
  return { name: 'scrypt', N: 2 ** 17, r: 8, p: 1, salt };
}

function placeOf(state: string): string {
  return `account-sign-in/${state}`;
}
