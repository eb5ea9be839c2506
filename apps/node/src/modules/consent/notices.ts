import type { Database, Transaction } from '../../storage/index.ts';
import { announce, type EventKind } from '../events/index.ts';

/** Tells a patient, in the transaction in which it happens, what she should see: it stays until her device has shown it. `reference`: the id of what it is about. */
export async function addNotice(
  context: { readonly database: Database; readonly clock: () => number },
  tx: Transaction,
  notice: { readonly patient: string; readonly kind: EventKind; readonly reference: string; readonly at: number },
): Promise<void> {
  const { patient, kind, reference } = notice;
  await announce(context, tx, { audience: `Patient/${patient}`, kind, ref: reference, notice: true });
}
