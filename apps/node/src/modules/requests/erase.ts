import type { Transaction } from '../../storage/index.ts';

/** Takes away the requests to a patient, and those that this organisation made for her. */
export async function eraseRequests(tx: Transaction, patient: string): Promise<void> {
  await tx.query('delete from access_request where patient = $1', [patient]);
}
