import type { Attempt, Call, Intention, OutboxEntry, OutboxStore, Settlement } from '@anamnesis/ledger';
import type { Address } from 'viem';
import { StorageError } from '../../storage/index.ts';
import type { Database, Queryable } from '../../storage/types.ts';

interface Row {
  id: string;
  call_to: Call['to'];
  call_content: Call['data'];
  call_value: string | null;
  call_from: Address | null;
  attempts: string;
  settlement: string | null;
}

const COLUMNS = 'id, call_to, call_content, call_value, call_from, attempts, settlement';

/**
 * Adds an intention in the transaction that gives rise to it: both stand or fall together. Wake the sender once it is committed.
 * Returns false, changing nothing, when the id is there already.
 */
export async function intend(q: Queryable, id: string, call: Intention): Promise<boolean> {
  const rows = await q.query(
    `insert into outbox (id, call_to, call_content, call_value, call_from) values ($1, $2, $3, $4, $5)
     on conflict (id) do nothing returning id`,
    [id, call.to, call.data, call.value ?? null, call.from ?? null],
  );
  return rows.length === 1;
}

/** The sender's outbox in the node's database: what was promised to the ledger survives whatever dies. */
export function sqlOutboxStore(database: Database): OutboxStore {
  async function change(id: string, column: 'attempts' | 'settlement', value: string): Promise<void> {
    const rows = await database.query(`update outbox set ${column} = $2 where id = $1 returning id`, [id, value]);
    if (rows.length === 0) throw new StorageError('storage-refused', 'The outbox has no such entry');
  }
  return {
    insert: (id, call) => intend(database, id, call),
    async find(id) {
      const [row] = await database.query<Row>(`select ${COLUMNS} from outbox where id = $1`, [id]);
      return row === undefined ? null : entryOf(row);
    },
    async pending(waiting) {
      const rows = await database.query<Row>(
        `select ${COLUMNS} from (
           (select place, ${COLUMNS} from outbox where settlement is null and (attempts <> '[]' or call_from is not null))
           union all
           (select place, ${COLUMNS} from outbox where settlement is null and attempts = '[]' and call_from is null order by place limit $1)
         ) as entry order by place`,
        [waiting],
      );
      return rows.map(entryOf);
    },
    async attempt(id, attempt) {
      await database.transaction(async (tx) => {
        const [row] = await tx.query<Row>('select attempts from outbox where id = $1 for update', [id]);
        if (row === undefined) throw new StorageError('storage-refused', 'The outbox has no such entry');
        const attempts = [...(JSON.parse(row.attempts) as Attempt[]), attempt];
        await tx.query('update outbox set attempts = $2 where id = $1', [id, JSON.stringify(attempts)]);
      });
    },
    withdraw: (id) => change(id, 'attempts', '[]'),
    settle: (id, settlement) => change(id, 'settlement', JSON.stringify(settlement)),
  };
}

function entryOf(row: Row): OutboxEntry {
  return {
    id: row.id,
    call: {
      ...{ to: row.call_to, data: row.call_content },
      ...(row.call_value !== null && { value: row.call_value }),
      ...(row.call_from !== null && { from: row.call_from }),
    },
    attempts: JSON.parse(row.attempts) as Attempt[],
    settlement: row.settlement === null ? null : (JSON.parse(row.settlement) as Settlement),
  };
}
