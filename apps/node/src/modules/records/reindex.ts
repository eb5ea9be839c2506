import { createHash } from 'node:crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import { lockLog, type Transaction } from '../../storage/index.ts';
import { openContents } from './content.ts';
import type { RecordsContext } from './context.ts';
import { searchParameterRows } from './definitions.ts';
import { labelled } from './labels.ts';
import { relabelAfter } from './relabel.ts';
import type { CurrentRow } from './rows.ts';
import { deleteIndex, indexResource, refreshStatistics, writeIndex } from './search/index.ts';
import { SENSITIVITY_TEXT } from './sensitive-codes.ts';

/** Changes with the form of the index rows. */
const FORM = 4;
const BATCH = 500;

/**
 * Makes the index of search anew, and labels records anew, when that was done by other search parameters, value sets of sensitive classes or another version of
 * this code than the present: 500 records a transaction, so that a process that ends meanwhile begins again. To be called before a node answers. True when it was done.
 */
export async function reindexRecords(context: RecordsContext, sensitivity = SENSITIVITY_TEXT): Promise<boolean> {
  const { database } = context;
  const present = createHash('sha256')
    .update(`${FORM}\n${JSON.stringify(searchParameterRows())}\n${sensitivity}`)
    .digest('hex');
  const [index] = await database.query<{ made_by: string }>('select made_by from search_index');
  if (index?.made_by === present) return false;
  // Labels first: they are found by `_security` too.
  for (let from = -1; ; ) {
    const last = await database.transaction((tx) => relabelAfter(context, tx, from, BATCH));
    if (last === null) break;
    from = last;
  }
  let from = 0;
  for (;;) {
    const last = await database.transaction((tx) => reindexAfter(context, tx, from));
    if (last === null) break;
    from = last;
  }
  await database.transaction(async (tx) => {
    await tx.query('delete from search_index');
    await tx.query('insert into search_index (made_by) values ($1)', [present]);
  });
  if (from > 0) await refreshStatistics(database);
  return from > 0;
}

async function reindexAfter(context: RecordsContext, tx: Transaction, from: number): Promise<number | null> {
  // Nobody else changes a record meanwhile.
  await lockLog(tx, 'records');
  const rows = await tx.query<CurrentRow>(
    'select row_id, type, id, version, sensitive, key_id, content from resource where row_id > $1 and not deleted order by row_id limit $2',
    [from, BATCH],
  );
  if (rows.length === 0) return null;
  const opened = await openAll(context, tx, rows);
  deleteIndex(
    tx,
    opened.map(({ row }) => row.row_id),
  );
  writeIndex(
    tx,
    opened.map(({ row, resource }) => ({
      rowId: row.row_id,
      rows: indexResource(labelled(resource, row.sensitive), context.base),
    })),
  );
  return rows.at(-1)?.row_id ?? null;
}

/** What can be opened: a record whose row was changed, or whose key was erased, keeps the rows it has and must not stop a node. */
async function openAll(context: RecordsContext, tx: Transaction, rows: readonly CurrentRow[]) {
  try {
    return await openContents(context.keys, tx, rows);
  } catch (error) {
    if (!(error instanceof AnamnesisError)) throw error;
  }
  const opened: Awaited<ReturnType<typeof openContents<CurrentRow>>> = [];
  for (const row of rows) {
    try {
      opened.push(...(await openContents(context.keys, tx, [row])));
    } catch (error) {
      if (!(error instanceof AnamnesisError) || (error.code !== 'key-erased' && error.code !== 'storage-damaged'))
        throw error;
    }
  }
  return opened;
}
