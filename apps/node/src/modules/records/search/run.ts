import { badRequest } from '@anamnesis/protocol';
import type { Queryable } from '../../../storage/types.ts';
import { criterion, inCompartment } from './criteria.ts';
import { COLUMNS, included } from './includes.ts';
import { afterCursor, encodeCursor, type OrderKey, orderOf } from './order.ts';
import { formatQuery, type ParsedQuery, parseQuery } from './query.ts';
import { and, type Statement, statement } from './statement.ts';
import type { SearchHits, SearchRequest, SearchRow } from './types.ts';

type Parameter = readonly [name: string, value: string];

interface Understood {
  readonly parameters: Parameter[];
  readonly ignored: string[];
}

/**
 * Runs one FHIR search (https://hl7.org/fhir/R4/search.html) under the request's scope: two statements at most, and one for each round of includes.
 * Nothing outside the scope is matched, counted, chained through, included or sorted by.
 *
 * Errors: `OutcomeError` 400 for values and modifiers that cannot be understood or are not supported, and for unknown parameters when `strict`; 403
 * (too-costly) for what goes beyond the limits.
 */
export async function runSearch(database: Queryable, request: SearchRequest): Promise<SearchHits> {
  const query = parseQuery(request);
  const now = Date.now();
  const understood: Understood = { parameters: [], ignored: [...query.empty] };
  const sql = statement(request.scope, { base: request.base, now });
  const conditions = conditionsOf(sql, request, query, understood);
  const keys = orderOf(sql, query.types, query.sort, (code) => understood.ignored.push(`_sort=${code}`));
  const sorted = query.sort.filter(({ code }) => !understood.ignored.includes(`_sort=${code}`));
  if (sorted.length > 0)
    understood.parameters.push([
      '_sort',
      sorted.map(({ code, descending }) => (descending ? `-${code}` : code)).join(','),
    ]);
  if (request.strict && understood.ignored.length > 0)
    throw badRequest('The query has parameters that are not known here, and Prefer: handling=strict was asked for');

  const parameters = [...understood.parameters, ...query.shape];
  const self = formatQuery(query.cursor === null ? parameters : [...parameters, ['_cursor', query.cursor]]);
  const { ignored } = understood;
  if (query.countOnly) return { rows: [], total: await count(database, request, query), self, ignored };

  const { rows, next } = await page(database, sql, conditions, keys, query);
  const whole = query.cursor === null && next === null;
  const total = whole ? rows.length : query.accurateTotal ? await count(database, request, query) : undefined;
  const more = await included(database, request.scope, rows, query.inclusions);
  return {
    rows: [...rows, ...more],
    ...(total !== undefined && { total }),
    ...(next !== null && { next: formatQuery([...parameters, ['_cursor', next]]) }),
    self,
    ignored,
  };
}

/** The conditions for a row r of table `resource` to match. Notes which parameters were understood. */
function conditionsOf(sql: Statement, request: SearchRequest, query: ParsedQuery, understood: Understood): string[] {
  const subject = { types: query.types, alias: 'r', depth: 0 };
  const conditions = [sql.visible('r')];
  if (request.type !== null || query.shape.some(([name]) => name === '_type'))
    conditions.unshift(
      query.types.length === 1
        ? `r.type = ${sql.bind(query.types[0])}`
        : `r.type = any(${sql.bind([...query.types])}::text[])`,
    );
  if (request.compartment) conditions.push(inCompartment(sql, subject, request.compartment.id));
  for (const [name, value] of query.criteria) {
    const condition = criterion(sql, subject, name, value);
    if (condition === null) understood.ignored.push(name);
    else {
      understood.parameters.push([name, value]);
      conditions.push(`(${condition})`);
    }
  }
  return conditions;
}

async function page(
  database: Queryable,
  sql: Statement,
  conditions: readonly string[],
  keys: readonly OrderKey[],
  query: ParsedQuery,
): Promise<{ rows: SearchRow[]; next: string | null }> {
  const named = keys.map((key, i) => `${key.sql} as k${i}`).join(', ');
  const order = keys.map(({ descending }, i) => `k${i} ${descending ? 'desc' : 'asc'}`).join(', ');
  const after = query.cursor === null ? '' : `where ${afterCursor(sql, keys, query.cursor)}`;
  const columns = COLUMNS.map((column) => `r.${column}`).join(', ');
  // The content is fetched for the rows of the page only, after sorting.
  const found = await database.query<SearchRow & { readonly [key: `k${number}`]: unknown }>(
    `with page as (
       select * from (select r.row_id as k, ${named} from resource r where ${and(conditions)}) m ${after}
       order by ${order} limit ${query.count + 1}
     )
     select ${columns}, 'match' as mode, ${keys.map((_, i) => `k${i}`).join(', ')}
     from page join resource r on r.row_id = page.k order by ${order}`,
    sql.params,
  );
  const rows = found.slice(0, query.count);
  const last = rows.at(-1);
  const next = found.length > query.count && last ? encodeCursor(keys.map((_, i) => last[`k${i}`])) : null;
  return { rows: rows.map((row) => withoutKeys(row, keys.length)), next };
}

function withoutKeys(row: SearchRow & { [key: `k${number}`]: unknown }, keys: number): SearchRow {
  for (let i = 0; i < keys; i++) delete row[`k${i}`];
  return row;
}

async function count(database: Queryable, request: SearchRequest, query: ParsedQuery): Promise<number> {
  const sql = statement(request.scope, { base: request.base, now: Date.now() });
  const conditions = conditionsOf(sql, request, query, { parameters: [], ignored: [] });
  const [row] = await database.query<{ total: number }>(
    `select count(*)::integer as total from resource r where ${and(conditions)}`,
    sql.params,
  );
  return row?.total ?? 0;
}
