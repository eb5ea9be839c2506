import { badRequest, tooCostly } from '@anamnesis/protocol';
import type { Queryable } from '../../../storage/types.ts';
import type { Scope } from '../../consent/scope.ts';
import { parametersOf, type TypedParameter } from './parameters.ts';
import type { Inclusion } from './query.ts';
import { and, isNamedBy, names, or, paramIn, type Statement, statement } from './statement.ts';
import type { SearchRow } from './types.ts';

/** Records that one page may include, and how often `:iterate` goes on. */
const MAX_INCLUDED = 2_000;
const MAX_ROUNDS = 5;

/** Columns of a found record. */
export const COLUMNS = [
  'row_id',
  'type',
  'id',
  'version',
  'last_updated',
  'patient',
  'category',
  'sensitive',
  'care_at',
  'key_id',
  'content',
];

/**
 * What `_include` and `_revinclude` add to a page, each record once and only what the scope lets be seen.
 * @throws OutcomeError 400 for an unknown reference parameter, 403 (too-costly) for more than 2,000 records.
 */
export async function included(
  database: Queryable,
  scope: Scope,
  matches: readonly SearchRow[],
  inclusions: readonly Inclusion[],
): Promise<SearchRow[]> {
  for (const { source, code } of inclusions) if (code !== '*' && source !== '*') parameterOf(source, code);
  const found: SearchRow[] = [];
  let from: readonly SearchRow[] = matches;
  let active = inclusions;
  for (let round = 0; round < MAX_ROUNDS && from.length > 0 && active.length > 0; round++) {
    const rows = await oneRound(database, scope, from, active, [...matches, ...found]);
    found.push(...rows);
    if (found.length > MAX_INCLUDED) throw tooCostly('The search includes too many records: ask for a smaller page');
    from = rows;
    active = inclusions.filter((inclusion) => inclusion.iterate);
  }
  return found;
}

function parameterOf(source: string, code: string): TypedParameter {
  const parameter = parametersOf(source).get(code);
  if (parameter?.kind !== 'reference')
    throw badRequest('_include or _revinclude names a parameter that is no reference of that type');
  return parameter;
}

async function oneRound(
  database: Queryable,
  scope: Scope,
  from: readonly SearchRow[],
  inclusions: readonly Inclusion[],
  present: readonly SearchRow[],
): Promise<SearchRow[]> {
  const sql = statement(scope, { now: 0 });
  const ids = sql.bind(from.map((row) => row.row_id));
  const forward = inclusions.filter((inclusion) => !inclusion.reverse).map((inclusion) => leads(sql, inclusion));
  const backward = inclusions.filter((inclusion) => inclusion.reverse).map((inclusion) => leads(sql, inclusion));
  const ways: string[] = [];
  if (forward.length > 0)
    ways.push(
      `select t.row_id from search_reference c join resource s on s.row_id = c.row_id join resource t on ${names('c', 't')} where c.row_id = any(${ids}::bigint[]) and ${or(forward)}`,
    );
  if (backward.length > 0)
    ways.push(
      `select c.row_id from resource t join search_reference c on ${isNamedBy('t', 'c')} join resource s on s.row_id = c.row_id where t.row_id = any(${ids}::bigint[]) and ${or(backward)}`,
    );
  const columns = COLUMNS.map((column) => `r.${column}`).join(', ');
  const present_ = sql.bind(present.map((row) => row.row_id));
  return database.query<SearchRow>(
    `select ${columns}, 'include' as mode from (select distinct w.row_id from (${ways.join(' union all ')}) w
       where w.row_id <> all(${present_}::bigint[]) offset 0) f join resource r on r.row_id = f.row_id
     where ${sql.visible('r')} order by r.row_id limit ${MAX_INCLUDED + 1}`,
    sql.params,
  );
}

/** The condition for a row of `search_reference` (c), of the record s, to be a reference that the inclusion follows. */
function leads(sql: Statement, { source, code, target }: Inclusion): string {
  const conditions: string[] = [];
  if (code !== '*' && source !== '*') {
    const { ids, only } = parameterOf(source, code);
    conditions.push(paramIn('c', ids));
    if (only !== null) conditions.push(`c.target_type = '${only}'`);
  } else if (source !== '*') conditions.push(`s.type = ${sql.bind(source)}`);
  if (target !== '') conditions.push(`c.target_type = ${sql.bind(target)}`);
  return and(conditions);
}
