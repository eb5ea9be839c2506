import type { Address, Hex } from 'viem';
import type { Queryable } from '../../storage/types.ts';

/** A subject as the ledger has it. One that the ledger never heard of is its own controller, at epoch and nonce 0. */
export interface SubjectState {
  readonly controller: Address;
  readonly epoch: number;
  readonly nonce: number;
}

/** The one spelling of addresses and hashes in tables and comparisons. */
export function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex;
}

/** Controller, epoch and nonce of a subject at the block that this node has reached. */
export async function subjectState(q: Queryable, subject: Address): Promise<SubjectState> {
  const [row] = await q.query<SubjectState>(
    `select controller, epoch, nonce from ledger_subject where subject = $1 order by block desc, log_index desc limit 1`,
    [lower(subject)],
  );
  return row ?? { controller: lower(subject), epoch: 0, nonce: 0 };
}

/** Whether the ledger holds a refusal of this consent. */
export async function isRevokedOnLedger(q: Queryable, subject: Address, index: number): Promise<boolean> {
  const rows = await q.query('select 1 from ledger_revocation where subject = $1 and index = $2 limit 1', [
    lower(subject),
    index,
  ]);
  return rows.length > 0;
}
