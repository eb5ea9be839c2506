import type { Transaction } from '../../storage/index.ts';

/** Takes away the accounts of these subjects: files, locks and what the organisation kept for their holders. */
export async function eraseAccounts(tx: Transaction, subjects: readonly string[]): Promise<void> {
  await tx.query('delete from account where subject = any($1::text[])', [subjects]);
}
