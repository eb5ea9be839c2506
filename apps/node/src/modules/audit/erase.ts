import { lockLog, type Transaction } from '../../storage/index.ts';

/**
 * Takes away a patient's entries of the access log; their leaves stay in its tree, so that all other entries keep their proofs.
 * @returns the places of the entries.
 */
export async function eraseAccessEntries(tx: Transaction, patient: string): Promise<number[]> {
  await lockLog(tx, 'access');
  const rows = await tx.query<{ leaf_index: number }>(
    'delete from access_entry where patient = $1 returning leaf_index',
    [patient],
  );
  return rows.map((row) => row.leaf_index).sort((a, b) => a - b);
}
