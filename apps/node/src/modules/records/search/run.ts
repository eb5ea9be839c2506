import { badRequest } from '@anamnesis/protocol';
import type { Planned, Queryable } from '../../../storage/types.ts';
import { inCompartment } from './chains.ts';
import { type Criterion, criterion } from './criteria.ts';
import { sealCursor } from './cursor.ts';
import { COLUMNS, included } from './includes.ts';
import { beyondCursor, type OrderKey, orderOf, placeAt } from './order.ts';
import { boundOf, formatQuery, type ParsedQuery, parseQuery } from './query.ts';
import { and, type Statement, statement } from './statement.ts';
import { Terminology } from './terminology.ts';
import type { FhirResource, SearchHits, SearchRequest, SearchRow } from './types.ts';

type Parameter = readonly [name: string, value: string];

/** A search made into SQL: rows r of table `resource` that match, and what was understood of it. */
interface Plan {
  readonly sql: Statement;
  /** What stands behind `from`. */
  readonly from: string;
  readonly where: string;
  readonly keys: readonly OrderKey[];
  /** `each` where nothing selective leads: then the best plan depends on the values. */
  readonly planned: Planned;
  readonly understood: readonly Parameter[];
  readonly ignored: readonly string[];
}

/** Few patients' records are fewer than those of a code, and more than those that one patient's reference leads to. */
const SCOPE_RANK = 3;
const FEW_PATIENTS = 5;

/**
 * Runs one FHIR search (https://hl7.org/fhir/R4/search.html) under the request's scope: two statements at most, and one for each round of includes.
 * Nothing outside the scope is matched, counted, chained through, included, sorted by or paged over.
 *
 * Errors: `OutcomeError` 400 for values and modifiers that cannot be understood or are not supported, and for unknown parameters when `strict`; 403
 * (too-costly) for what goes beyond the limits.
 */
export async function runSearch(database: Queryable, request: SearchRequest): Promise<SearchHits> {
  const query = parseQuery(request);
  const now = query.cursor?.now ?? Date.now();
  const terminology = new Terminology((type, address) => findTerminology(database, request, type, address));
  const make = () => planOf(request, query, { now, codes: terminology.codes });
  let plan = make();
  while (await terminology.fetch()) plan = make();
  const { ignored } = plan;
  if (request.strict && ignored.length > 0)
    throw badRequest('The query has parameters that are not known here, and Prefer: handling=strict was asked for');

  const parameters = [...plan.understood, ...query.shape];
  const asked = new URLSearchParams(request.query).get('_cursor');
  const self = asked === null ? formatQuery(parameters) : formatQuery([['_cursor', asked]]);
  const known = { self, query: query.text, ignored };
  if (query.countOnly) return { rows: [], total: await count(database, make()), ...known };

  const { rows, next, previous } = await page(database, plan, query);
  const link = (place: readonly unknown[] | null, backwards: boolean): string | undefined => {
    if (place === null) return undefined;
    const sealed = sealCursor({ query: query.text, place, backwards, now }, boundOf(request), request.cursorKey);
    return formatQuery([['_cursor', sealed]]);
  };
  const links = { next: link(next, false), previous: link(previous, true) };
  const whole = query.cursor === null && next === null;
  const total = whole ? rows.length : query.accurateTotal ? await count(database, make()) : undefined;
  const more = await included(database, request.scope, rows, query.inclusions);
  return {
    rows: [...rows, ...more],
    ...(total !== undefined && { total }),
    ...(links.next !== undefined && { next: links.next }),
    ...(links.previous !== undefined && { previous: links.previous }),
    ...known,
  };
}

/**
 * The records that a search matches, all of them and by their rows alone: for operations that go on from there. Errors as `runSearch`.
 */
export async function matchingRows(
  database: Queryable,
  request: SearchRequest,
): Promise<{ readonly rows: readonly number[]; readonly ignored: readonly string[] }> {
  const { plan } = await planned(database, request);
  const { sql, from, where } = plan;
  const found = await database.query<{ row_id: number }>(
    `select r.row_id from ${from} where ${where}`,
    sql.params,
    plan.planned,
  );
  return { rows: found.map(({ row_id }) => row_id), ignored: plan.ignored };
}

/** Takes a search apart without running it. Errors as `runSearch`. @returns names of the parameters that were not understood. */
export async function checkSearch(database: Queryable, request: SearchRequest): Promise<readonly string[]> {
  return (await planned(database, request)).plan.ignored;
}

async function planned(database: Queryable, request: SearchRequest): Promise<{ plan: Plan; query: ParsedQuery }> {
  const query = parseQuery(request);
  const now = query.cursor?.now ?? Date.now();
  const terminology = new Terminology((type, address) => findTerminology(database, request, type, address));
  const make = () => planOf(request, query, { now, codes: terminology.codes });
  let plan = make();
  while (await terminology.fetch()) plan = make();
  return { plan, query };
}

function planOf(
  request: SearchRequest,
  query: ParsedQuery,
  options: { readonly now: number; readonly codes: Statement['codes'] },
): Plan {
  const sql = statement(request.scope, { base: request.base, ...options });
  const { types } = query;
  const subject = { types, alias: 'r', depth: 0 };
  const ignored = [...query.empty];
  const understood: Parameter[] = [];
  const criteria: Criterion[] = [];
  if (request.compartment) criteria.push(inCompartment(sql, subject, request.compartment));
  for (const [name, value] of query.criteria) {
    const one = criterion(sql, subject, name, value);
    if (one === null) ignored.push(name);
    else {
      understood.push([name, value]);
      criteria.push(one);
    }
  }
  const leading = leaderOf(sql, request, criteria);
  if (leading) sql.fence = ' offset 0';
  const conditions = [sql.visible('r')];
  if (request.type !== null || query.shape.some(([name]) => name === '_type'))
    conditions.unshift(
      types.length === 1 ? `r.type = ${sql.bind(types[0])}` : `r.type = any(${sql.bind([...types])}::text[])`,
    );
  for (const one of criteria) if (one !== leading) conditions.push(`(${one.condition()})`);
  const few = leading?.leads?.rows();
  const keys = orderOf(sql, types, query.sort, (code) => ignored.push(`_sort=${code}`));
  const sorted = query.sort.filter(({ code }) => !ignored.includes(`_sort=${code}`));
  if (sorted.length > 0)
    understood.push(['_sort', sorted.map(({ code, descending }) => (descending ? `-${code}` : code)).join(',')]);
  return {
    sql,
    from:
      few === undefined
        ? 'resource r'
        : `(select distinct row_id from (${few}) few) m cross join lateral (select * from resource where row_id = m.row_id offset 0) r`,
    where: and(conditions),
    keys,
    planned: few === undefined ? 'each' : 'once',
    understood,
    ignored,
  };
}

/**
 * The criterion that names the fewest records by its nature. It leads the search: its records are found first, and everything else is asked of these alone.
 * The planner is not left to guess it, since its guesses go wrong by orders of magnitude where many parameters share a table.
 */
function leaderOf(
  sql: Statement,
  { scope, type }: SearchRequest,
  criteria: readonly Criterion[],
): Criterion | undefined {
  const candidates = [...criteria];
  const whole = scope.kind === 'ruled' ? scope.within : scope;
  if (whole.kind === 'limited' && whole.patients.length <= FEW_PATIENTS) {
    const patients = () => `select row_id from resource where patient = any(${sql.bind([...whole.patients])}::text[])`;
    const rows = () => (type === null ? patients() : `${patients()} and type = ${sql.bind(type)}`);
    // Its condition is part of what is visible at all.
    candidates.push({ condition: () => 'true', leads: { rank: SCOPE_RANK, rows } });
  }
  let leader: Criterion | undefined;
  for (const one of candidates)
    if (one.leads && one.leads.rank < (leader?.leads?.rank ?? Number.POSITIVE_INFINITY)) leader = one;
  return leader;
}

async function page(
  database: Queryable,
  { sql, from, where, keys, planned }: Plan,
  { cursor, count: size }: ParsedQuery,
): Promise<{ rows: SearchRow[]; next: readonly unknown[] | null; previous: readonly unknown[] | null }> {
  const backwards = cursor?.backwards ?? false;
  const named = keys.map((key, i) => `${key.sql} as k${i}`).join(', ');
  const order = keys.map(({ descending }, i) => `k${i} ${descending !== backwards ? 'desc' : 'asc'}`).join(', ');
  const beyond = cursor === null ? '' : `where ${beyondCursor(sql, keys, cursor)}`;
  const columns = COLUMNS.map((column) => `r.${column}`).join(', ');
  // The content is fetched for the rows of the page only, after sorting.
  const found = await database.query<SearchRow & { readonly [key: `k${number}`]: unknown }>(
    `select ${columns}, 'match' as mode, ${keys.map((_, i) => `k${i}`).join(', ')} from (
       select * from (select ${sql.row('r')} as k, ${named} from ${from} where ${where}) m ${beyond}
       order by ${order} limit ${size + 1}
     ) page cross join lateral (select * from resource where row_id = page.k offset 0) r order by ${order}`,
    sql.params,
    planned,
  );
  const more = found.length > size;
  const rows = found.slice(0, size);
  if (backwards) rows.reverse();
  const [first, last] = [rows.at(0), rows.at(-1)];
  // Whoever came from a page can go back to it; whether more lies beyond this one was just seen.
  const after = backwards || more;
  const before = backwards ? more : cursor !== null;
  return {
    next: after && last ? placeAt(last, keys) : null,
    previous: before && first ? placeAt(first, keys) : null,
    rows,
  };
}

async function count(database: Queryable, { sql, from, where, planned }: Plan): Promise<number> {
  const [row] = await database.query<{ total: number }>(
    `select count(*)::integer as total from ${from} where ${where}`,
    sql.params,
    planned,
  );
  return row?.total ?? 0;
}

/** The ValueSet or CodeSystem of this address that the caller may read: a canonical, with or without its version, or `Type/id`. */
async function findTerminology(
  database: Queryable,
  { scope, open }: SearchRequest,
  type: 'ValueSet' | 'CodeSystem',
  address: string,
): Promise<FhirResource | null> {
  if (!open) return null;
  const [url = '', version] = address.split('|');
  const id = url.startsWith(`${type}/`) ? url.slice(type.length + 1) : null;
  const escaped = (text: string) => text.replace(/[\\,|$]/g, '\\$&');
  const query: Parameter[] = id === null ? [['url', escaped(url)]] : [['_id', escaped(id)]];
  if (version !== undefined) query.push(['version', escaped(version)]);
  const found = await runSearch(database, {
    type,
    query: formatQuery([...query, ['_sort', '-_lastUpdated'], ['_count', '1']]),
    scope,
  });
  const [resource] = found.rows.length > 0 ? await open(found.rows) : [];
  return resource ?? null;
}
