import type { Transaction } from '../../storage/index.ts';

/**
 * Takes away the digests of messages under these keys, so that nobody can confirm a guess about one. Who sent them and under which id stays: a message that is sent
 * again is refused, and does not bring back what was erased.
 */
export async function eraseDigests(tx: Transaction, keys: readonly string[]): Promise<void> {
  await tx.query(`update intake_message set digest = '', key_id = '', original = '' where key_id = any($1::text[])`, [
    keys,
  ]);
}
