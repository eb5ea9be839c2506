import type { Queryable, Transaction } from '../../../storage/types.ts';
import type { IndexedResource, IndexRows } from './types.ts';

type Row = IndexRows[keyof IndexRows][number];
type PropertyOf<R> = R extends unknown ? keyof R : never;
/** A row of whichever table, by its properties. */
type Cells = { readonly [P in PropertyOf<Row>]?: unknown };
type SqlType = 'bigint' | 'double precision' | 'integer' | 'smallint' | 'text';

const word = { system: 'text', code: 'text' } as const;
const span = (type: SqlType) => ({ low: type, high: type });

/** The table of each kind of row, with the SQL type of each property; its column is called the same, with underscores. */
const KINDS: {
  readonly [K in keyof IndexRows]: readonly [table: string, Readonly<Record<keyof IndexRows[K][number], SqlType>>];
} = {
  tokens: ['search_token', { param: 'integer', ...word, text: 'text', element: 'smallint' }],
  strings: ['search_string', { param: 'integer', folded: 'text', value: 'text' }],
  dates: ['search_date', { param: 'integer', ...span('bigint') }],
  quantities: [
    'search_quantity',
    {
      ...{ param: 'integer', ...span('double precision'), ...word, unit: 'text', element: 'smallint' },
      ...{ base: 'text', baseLow: 'double precision', baseHigh: 'double precision' },
    },
  ],
  references: ['search_reference', { param: 'integer', targetType: 'text', targetId: 'text', element: 'smallint' }],
  others: ['search_other', { kind: 'smallint', ...word }],
};

const TABLES = Object.entries(KINDS).map(([rows, [table, types]]) => {
  const properties = Object.keys(types) as (keyof Cells)[];
  return {
    table,
    rows: rows as keyof IndexRows,
    properties,
    names: properties.map((property) => property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
    types: Object.values<SqlType>(types),
  };
});

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
  for (const { table, rows: kind, properties, names, types } of TABLES) {
    const rowIds: number[] = [];
    const values = properties.map((): unknown[] => []);
    for (const { rowId, rows } of resources) {
      for (const row of rows[kind] as readonly Cells[]) {
        rowIds.push(rowId);
        properties.forEach((property, i) => {
          values[i]?.push(row[property]);
        });
      }
    }
    if (rowIds.length === 0) continue;
    params.push(rowIds, ...values);
    const first = params.length - properties.length;
    const arrays = ['bigint', ...types].map((type, i) => `$${first + i}::${type}[]`);
    inserts.push(`insert into ${table} (row_id, ${names.join(', ')}) select * from unnest(${arrays.join(', ')})`);
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
  for (const { table, names } of TABLES) {
    const rows = await q.query<Record<string, unknown> & { row_id: number }>(
      `select row_id, ${names.join(', ')} from ${table} where row_id = any($1::bigint[])`,
      [[...rowIds]],
    );
    for (const row of rows) {
      const values = names.map((name) => row[name]);
      lines.get(row.row_id)?.push(lineOf(table, values));
    }
  }
  for (const own of lines.values()) own.sort();
  return lines;
}

/** The index rows that a resource ought to have, as `readIndexLines` gives them. */
export function indexLines(rows: IndexRows): string[] {
  const linesOf = ({ table, rows: kind, properties }: (typeof TABLES)[number]): string[] =>
    (rows[kind] as readonly Cells[]).map((row) => {
      const values = properties.map((property) => row[property]);
      return lineOf(table, values);
    });
  return TABLES.flatMap(linesOf).sort();
}

function lineOf(table: string, values: readonly unknown[]): string {
  return [table, ...values.map((value) => (value === null || value === undefined ? '' : String(value)))].join('\u0000');
}
