import { checks } from '@anamnesis/protocol';
import {
  AccountError,
  type AccountsContext,
  checkFile,
  checkOfferedLock,
  findAccount,
  insertLock,
  type OfferedLock,
  type StoredFile,
  verifyLocks,
} from '../accounts/index.ts';
import { checkRotation, receiveRotation, type SignedRotation } from '../consent/index.ts';
import { lower } from '../directory/index.ts';
import type { Recovery } from './recoveries.ts';

interface Finish {
  readonly locks: readonly OfferedLock[];
  readonly file: StoredFile;
  /** From the old key of the account's subject here to the new one. */
  readonly rotation: SignedRotation;
}

const { fail, list, object } = checks('account-malformed');
const checkFinish = object<Finish>({
  locks: (value, path) => {
    const locks = list(checkOfferedLock, 5)(value, path);
    return locks.length === 0 ? fail(path, 'at least one lock') : locks;
  },
  file: checkFile,
  rotation: checkRotation,
});

/** Where the challenge of the new device's passkey is kept. */
export function recoveryPlace({ id }: Recovery): string {
  return `recovery/${id}`;
}

/**
 * Ends a recovery: the new device, which has put the seed together, gives the account a new one. All old locks go, the file is the new seed's, and the
 * subject's key changes on the ledger, so that whoever found the old device can do nothing with it. The rotation is the proof that the seed came back: only
 * who has it can sign. Sent again after it was done it changes nothing.
 *
 * Throws AccountError `recovery-ended`, `recovery-early`, `sign-in-refused`; what `receiveRotation` throws.
 */
export async function finishRecovery(
  accounts: AccountsContext,
  recovery: Recovery,
  body: unknown,
  requestId: string,
): Promise<void> {
  const { context } = accounts.smart;
  const finish = checkFinish(body, 'recovery');
  const account = await findAccount(context.database, recovery.account);
  if (recovery.state === 'done' && account !== null && JSON.stringify(account.file) === JSON.stringify(finish.file))
    return;
  if (recovery.state !== 'waiting' || account === null)
    throw new AccountError('recovery-ended', 'The recovery has ended');
  if (recovery.readyAt > context.clock()) throw new AccountError('recovery-early', 'The time to object is not over');
  if (lower(finish.rotation.subject) !== lower(account.subject))
    return fail('rotation.subject', 'the subject of the account');
  const locks = await verifyLocks(accounts, recoveryPlace(recovery), finish.locks);
  // One transaction: a rotation without the new locks would leave an account that nobody opens.
  await receiveRotation(context, finish.rotation, requestId, async (tx) => {
    const rows = await tx.query(`update recovery set state = 'done' where id = $1 and state = 'waiting' returning id`, [
      recovery.id,
    ]);
    if (rows.length === 0) throw new AccountError('recovery-ended', 'The recovery has ended');
    await tx.query('delete from account_lock where account = $1', [account.id]);
    for (const { given, passkey } of locks) await insertLock(accounts, tx, account.id, given, passkey);
    await tx.query('update account set file = $2, version = version + 1 where id = $1', [
      account.id,
      JSON.stringify(finish.file),
    ]);
    // Shares of the old seed open nothing any more.
    await tx.query('delete from account_guardians where account = $1', [account.id]);
    await tx.query('delete from recovery_approval where recovery = $1', [recovery.id]);
  });
}
