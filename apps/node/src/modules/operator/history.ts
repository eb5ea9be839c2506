import type { Database, Queryable, Transaction } from '../../storage/index.ts';
import { type AccessEntry, appendAccess, type LogContext } from '../audit/index.ts';

/** A key that was to act next, and what became of it. Milliseconds since 1970. */
export interface HandoverRow {
  readonly address: string;
  readonly former: string;
  readonly askedAt: number;
  readonly askedBy: string | null;
  readonly takenAt: number | null;
  readonly erasedAt: number | null;
}

const COLUMNS = `address, former, asked_at as "askedAt", asked_by as "askedBy", taken_at as "takenAt", erased_at as "erasedAt"`;

/** The hand-over to a key; null when there was none. */
export async function handoverTo(q: Queryable, address: string): Promise<HandoverRow | null> {
  const [row] = await q.query<HandoverRow>(`select ${COLUMNS} from operator_handover where address = $1`, [address]);
  return row ?? null;
}

/** The last hand-over that was finished. */
export async function lastHandover(q: Queryable): Promise<HandoverRow | null> {
  const [row] = await q.query<HandoverRow>(
    `select ${COLUMNS} from operator_handover where taken_at is not null order by taken_at desc limit 1`,
  );
  return row ?? null;
}

/** Whether a key handed its organisation over before. */
export async function wasReplaced(q: Queryable, address: string): Promise<boolean> {
  const rows = await q.query('select 1 from operator_handover where lower(former) = $1 and taken_at is not null', [
    address.toLowerCase(),
  ]);
  return rows.length > 0;
}

/** Writes down that a hand-over began; one that is known already is left as it is. */
export async function noteAsked(
  tx: Transaction,
  row: Pick<HandoverRow, 'address' | 'former' | 'askedAt' | 'askedBy'>,
): Promise<boolean> {
  const rows = await tx.query(
    'insert into operator_handover (address, former, asked_at, asked_by) values ($1, $2, $3, $4) on conflict (address) do nothing returning address',
    [row.address, row.former, row.askedAt, row.askedBy],
  );
  return rows.length === 1;
}

const SAID = {
  taken_at: (address: string) => `The new operator key ${address} has taken over`,
  withdrawn_at: (address: string) => `The hand-over to the operator key ${address} was taken back`,
  erased_at: (_address: string, former: string) => `The former operator key ${former} was erased`,
};

/** Writes down, once, what became of a hand-over: with its entry in the access log, by the node itself. */
export async function noteOutcome(
  context: LogContext,
  database: Database,
  address: string,
  what: keyof typeof SAID,
  at: number,
): Promise<void> {
  await database.transaction(async (tx) => {
    const [row] = await tx.query<{ former: string }>(
      `update operator_handover set ${what} = $2 where address = $1 and ${what} is null returning former`,
      [address, at],
    );
    if (row !== undefined) await appendAccess(context, tx, [entryOf(context, at, SAID[what](address, row.former))]);
  });
}

/** An act of the node itself. */
export function entryOf({ ledger: { organization } }: LogContext, at: number, description: string): AccessEntry {
  return {
    ...{ at, action: 'decision', outcome: 'success', actor: 'Device/node', display: 'This node', organization },
    ...{ purpose: 'HSYSADMIN', basis: 'system', automatic: true, patients: [], entities: [], description },
    requestId: `operator-${at}`,
  };
}
