import type { Address } from 'viem';
import type { Queryable } from '../../storage/index.ts';
import { lower } from '../directory/subjects.ts';

/** The Patient whom a subject stands for at this node, or null when it is linked to none. */
export async function patientOf(q: Queryable, subject: Address): Promise<string | null> {
  const [row] = await q.query<{ patient: string }>('select patient from subject where address = $1', [lower(subject)]);
  return row?.patient ?? null;
}

/** The subjects that stand for a Patient, in the order of linking. */
export async function subjectsOf(q: Queryable, patient: string): Promise<Address[]> {
  const rows = await q.query<{ address: Address }>(
    'select address from subject where patient = $1 order by linked_at, address',
    [patient],
  );
  return rows.map((row) => row.address);
}
