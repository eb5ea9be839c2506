import { type Account, findAccount, insertLock, type StoredFile } from './accounts.ts';
import type { AccountsContext } from './context.ts';
import { AccountError } from './errors.ts';
import { MAX_LOCKS, type OfferedLock, verifyLocks } from './join.ts';

/**
 * Writes an account's file over the version that the writer has seen. Sent again after an answer was lost, it answers the same.
 * Returns the new version. Throws AccountError `account-changed` when another device wrote in between: read, merge, write again.
 */
export async function writeFile(
  { smart }: AccountsContext,
  account: Account,
  file: StoredFile,
  over: number,
): Promise<number> {
  const { database } = smart.context;
  const text = JSON.stringify(file);
  const [row] = await database.query<{ version: number }>(
    'update account set file = $3, version = version + 1 where id = $1 and version = $2 returning version',
    [account.id, over, text],
  );
  if (row !== undefined) return row.version;
  const now = await findAccount(database, account.id);
  // Encryption makes every write another text: the same text is the same write.
  if (now !== null && JSON.stringify(now.file) === text) return now.version;
  throw new AccountError('account-changed', 'The account was changed by another device');
}

/**
 * Adds a lock to an account; the same lock again changes nothing. `place`: where the challenge of a new passkey is kept.
 * Throws AccountError `sign-in-refused`, `account-malformed`.
 */
export async function addLock(
  accounts: AccountsContext,
  account: Account,
  offered: OfferedLock,
  place: string,
): Promise<void> {
  const { lock } = offered.given;
  if (account.locks.some((one) => JSON.stringify(one) === JSON.stringify(lock))) return;
  if (account.locks.length >= MAX_LOCKS)
    throw new AccountError('account-malformed', 'An account has no more locks than that');
  const [verified] = await verifyLocks(accounts, place, [offered]);
  if (verified === undefined) return;
  await insertLock(accounts, accounts.smart.context.database, account.id, verified.given, verified.passkey);
}

/** Takes a lock away. Throws AccountError `lock-unknown`, `lock-last`: an account without locks would be lost. */
export async function removeLock({ smart }: AccountsContext, account: Account, lock: string): Promise<void> {
  await smart.context.database.transaction(async (tx) => {
    // Locked, so that two devices do not each take the other's away.
    await tx.query('select 1 from account where id = $1 for update', [account.id]);
    const rows = await tx.query<{ id: string }>('select id from account_lock where account = $1', [account.id]);
    if (!rows.some(({ id }) => id === lock)) throw new AccountError('lock-unknown', 'The account has no such lock');
    if (rows.length === 1)
      throw new AccountError('lock-last', 'It is the last way into the account: add another first');
    await tx.query('delete from account_lock where id = $1', [lock]);
  });
}
