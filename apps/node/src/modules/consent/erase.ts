import type { Hex } from 'viem';
import type { Transaction } from '../../storage/index.ts';
import type { ConsentContext } from './context.ts';
import { forgetGrounds } from './grounds.ts';
import { subjectsOf } from './subjects.ts';

/** What a patient's consents leave behind when they are erased. */
export interface ErasedConsents {
  readonly consents: number;
  /** Directory ids of the organisations that a consent of hers named: what they received is theirs to erase. */
  readonly grantees: readonly number[];
  readonly subjects: readonly string[];
}

/**
 * Erases what the node keeps of a patient's consents: terms, sessions, tokens that they gave, and which subject stands for her. Refusals stay: they name a subject
 * that leads to nobody any more, and refusing is for good.
 */
export async function eraseConsents(
  context: ConsentContext,
  tx: Transaction,
  patient: string,
): Promise<ErasedConsents> {
  const subjects = await subjectsOf(tx, patient);
  const own = [subjects];
  const gone = await tx.query<{ id: Hex; grantee: number }>(
    'delete from consent where subject = any($1::text[]) returning id, grantee',
    own,
  );
  tx.onCommit(() => forgetGrounds(context, gone));
  for (const table of ['session', 'session_nonce', 'access_token'])
    await tx.query(`delete from ${table} where subject = any($1::text[])`, own);
  await tx.query('delete from subject where patient = $1', [patient]);
  const grantees = [...new Set(gone.map((row) => row.grantee))].sort((a, b) => a - b);
  return { consents: gone.length, grantees, subjects };
}
