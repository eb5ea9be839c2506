import type { Queryable, Transaction } from '../../../storage/types.ts';
import type { IndexedResource, IndexRows } from './types.ts';

/** A column of an index table: its name, its SQL type and the property of the row that goes into it. */
type Column = readonly [name: string, type: string, property: string];

const TABLES: readonly {
  readonly table: string;
  readonly rows: keyof IndexRows;
  readonly columns: readonly Column[];
}[] = [
  {
    table: 'search_token',
    rows: 'tokens',
    columns: [
      ['param', 'integer', 'param'],
      ['system', 'text', 'system'],
      ['code', 'text', 'code'],
      ['text', 'text', 'text'],
      ['element', 'smallint', 'element'],
    ],
  },
  {
    table: 'search_string',
    rows: 'strings',
    columns: [
      ['param', 'integer', 'param'],
      ['folded', 'text', 'folded'],
      ['value', 'text', 'value'],
    ],
  },
  {
    table: 'search_date',
    rows: 'dates',
    columns: [
      ['param', 'integer', 'param'],
      ['low', 'bigint', 'low'],
      ['high', 'bigint', 'high'],
    ],
  },
  {
    table: 'search_quantity',
    rows: 'quantities',
    columns: [
      ['param', 'integer', 'param'],
      ['low', 'double precision', 'low'],
      ['high', 'double precision', 'high'],
      ['system', 'text', 'system'],
      ['code', 'text', 'code'],
      ['unit', 'text', 'unit'],
      ['element', 'smallint', 'element'],
      ['base', 'text', 'base'],
      ['base_low', 'double precision', 'baseLow'],
      ['base_high', 'double precision', 'baseHigh'],
    ],
  },
  {
    table: 'search_reference',
    rows: 'references',
    columns: [
      ['param', 'integer', 'param'],
      ['target_type', 'text', 'targetType'],
      ['target_id', 'text', 'targetId'],
      ['element', 'smallint', 'element'],
    ],
  },
  {
    table: 'search_other',
    rows: 'others',
    columns: [
      ['kind', 'smallint', 'kind'],
      ['system', 'text', 'system'],
      ['code', 'text', 'code'],
    ],
  },
];

/** Rows of one statement at most; more go in several statements. */
const BATCH = 20_000;

/**
 * Adds the index rows of any number of resources, in one statement (one for each 20,000 rows), without waiting. Rows of an earlier version must have been
 * deleted.
 */
export function writeIndex(tx: Transaction, resources: readonly IndexedResource[]): void {
  let batch: IndexedResource[] = [];
  let rows = 0;
  for (const resource of resources) {
    batch.push(resource);
    for (const { rows: kind } of TABLES) rows += resource.rows[kind].length;
    if (rows < BATCH) continue;
    writeBatch(tx, batch);
    batch = [];
    rows = 0;
  }
  if (rows > 0) writeBatch(tx, batch);
}

function writeBatch(tx: Transaction, resources: readonly IndexedResource[]): void {
  const params: unknown[][] = [];
  const inserts: string[] = [];
  for (const { table, rows: kind, columns } of TABLES) {
    const rowIds: number[] = [];
    const values = columns.map((): unknown[] => []);
    for (const { rowId, rows } of resources) {
      for (const row of rows[kind]) {
        rowIds.push(rowId);
        columns.forEach(([, , property], i) => {
          values[i]?.push((row as unknown as Record<string, unknown>)[property]);
        });
      }
    }
    if (rowIds.length === 0) continue;
    params.push(rowIds, ...values);
    const first = params.length - columns.length;
    const arrays = ['bigint', ...columns.map(([, type]) => type)].map((type, i) => `$${first + i}::${type}[]`);
    const names = ['row_id', ...columns.map(([name]) => name)].join(', ');
    inserts.push(`insert into ${table} (${names}) select * from unnest(${arrays.join(', ')})`);
  }
  tx.send(together(inserts), params);
}

/** Removes the index rows of these rows of table `resource`, in one statement, without waiting. */
export function deleteIndex(tx: Transaction, rowIds: readonly number[]): void {
  if (rowIds.length === 0) return;
  tx.send(together(TABLES.map(({ table }) => `delete from ${table} where row_id = any($1::bigint[])`)), [[...rowIds]]);
}

/** One statement out of several that change different tables: one round trip. */
function together(statements: readonly string[]): string {
  const [first = 'select', ...rest] = statements;
  if (rest.length === 0) return first;
  return `with ${rest.map((statement, i) => `s${i} as (${statement})`).join(', ')} ${first}`;
}

/** The index rows that stand in the database for these rows of table `resource`, each as a line of text, for comparing with {@link indexLines}. */
export async function readIndexLines(q: Queryable, rowIds: readonly number[]): Promise<Map<number, string[]>> {
  const lines = new Map<number, string[]>(rowIds.map((rowId) => [rowId, []]));
  for (const { table, columns } of TABLES) {
    const names = columns.map(([name]) => name).join(', ');
    const rows = await q.query<Record<string, unknown> & { row_id: number }>(
      `select row_id, ${names} from ${table} where row_id = any($1::bigint[])`,
      [[...rowIds]],
    );
    for (const row of rows)
      lines.get(row.row_id)?.push(
        lineOf(
          table,
          columns.map(([name]) => row[name]),
        ),
      );
  }
  for (const own of lines.values()) own.sort();
  return lines;
}

/** The index rows that a resource ought to have, as `readIndexLines` gives them. */
export function indexLines(rows: IndexRows): string[] {
  return TABLES.flatMap(({ table, rows: kind, columns }) =>
    rows[kind].map((row) =>
      lineOf(
        table,
        columns.map(([, , property]) => (row as unknown as Record<string, unknown>)[property]),
      ),
    ),
  ).sort();
}

function lineOf(table: string, values: readonly unknown[]): string {
  return [table, ...values.map((value) => (value === null || value === undefined ? '' : String(value)))].join('\u0000');
}
