import type { Transaction } from '../../storage/index.ts';

/** Takes away what a patient was told, and what others were told of what is erased with her: `refs` are ids of subjects and records. */
export async function eraseEvents(tx: Transaction, patient: string | null, refs: readonly string[]): Promise<void> {
  await tx.query('delete from event where audience = $1 or ref = any($2::text[])', [
    patient === null ? '' : `Patient/${patient}`,
    refs,
  ]);
}
