import { badRequest, gone, notFound } from '@anamnesis/protocol';
import type { Transaction } from '../../../storage/index.ts';
import type { Scope } from '../../consent/scope.ts';
import { type Touched, versionReference } from '../access.ts';
import type { Bundle } from '../bundle-types.ts';
import { showTexts } from '../content.ts';
import type { RecordsContext } from '../context.ts';
import { isResourceType, patientCompartmentOf, resourceTypes } from '../definitions.ts';
import type { Found } from '../read-one.ts';
import { selectCurrent } from '../rows.ts';
import { openCursor, sealCursor } from '../search/cursor.ts';
import { COLUMNS } from '../search/includes.ts';
import { isSeen, type SearchRow } from '../search/index.ts';
import { dateInterval } from '../search/intervals.ts';
import { parametersOf } from '../search/parameters.ts';
import { and, names, type Statement, statement } from '../search/statement.ts';
import { cursorKeyOf } from '../searchset.ts';
import { storedEntry } from '../stored-entry.ts';

/** What `$everything` was asked for, as text; `cursor` is from the `next` link of the page before and stands for all the rest. */
export interface EverythingOptions {
  /** Dates: care that took place in the period. What has no time of care is there in any case. */
  readonly start?: string;
  readonly end?: string;
  /** An instant: what was changed then or later. */
  readonly since?: string;
  readonly types?: readonly string[];
  /** Records on a page: default and at most 1000. */
  readonly count?: number;
  readonly cursor?: string;
}

const MAX_COUNT = 1_000;
/** Where a page begins: first the Patient (0), then what is hers (1), then what that refers to and is nobody's (2). */
type Place = readonly [phase: number, row: number];

interface Filter {
  readonly careFrom: number | null;
  readonly careUntil: number | null;
  readonly since: string | null;
  readonly types: readonly string[] | null;
}

/**
 * `Patient/$everything` (https://hl7.org/fhir/R4/patient-operation-everything.html): the compartment of one patient, or (null) of all whom the scope lets
 * be seen, and what it refers to that is no patient's, such as who treated her, where and with what. What is another patient's is not followed.
 *
 * Errors: 400 for values that are none. Found to be refused: 404, 410 for a patient that was deleted.
 */
export async function readEverything(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  patient: string | null,
  options: EverythingOptions,
): Promise<Found<Bundle>> {
  const bound = `everything ${patient ?? ''}`;
  const cursor = options.cursor === undefined ? null : openCursor(options.cursor, bound, cursorKeyOf(context));
  const asked = cursor === null ? options : (JSON.parse(cursor.query) as EverythingOptions);
  const filter = filterOf(asked);
  const size = Math.min(asked.count ?? MAX_COUNT, MAX_COUNT);
  const place: Place = cursor === null ? [-1, 0] : [Number(cursor.place[0]), Number(cursor.place[1])];

  const head = patient === null ? undefined : await selectCurrent(tx, 'Patient', patient);
  const self: Touched[] = head === undefined ? [] : [{ patient: head.patient, entity: versionReference(head) }];
  if (patient !== null && head === undefined) return { touched: [], refused: notFound() };
  const seen = head !== undefined && (await isSeen(tx, scope, head));
  if (seen && head.deleted) return { touched: self, refused: gone() };

  const own = place[0] < 2 ? await compartment(tx, scope, patient, filter, place, size + 1) : [];
  const from: Place = place[0] < 2 ? [2, 0] : place;
  // Where nothing of the compartment was left out, what was found is all of it.
  const whole = cursor === null && filter.since === null && filter.types === null ? own : null;
  const others =
    own.length > size ? [] : await referred(tx, scope, patient, filter, from, size + 1 - own.length, whole);
  const rows = [...own, ...others];
  // An app may be allowed a patient's observations and not the Patient; who may see nothing of her is not told that she is there.
  // Another's record that names her is in her compartment, and tells nothing of whether she is known here.
  if (patient !== null && !seen && cursor === null && !(await hasAnyOf(tx, scope, patient)))
    return { touched: self, refused: notFound() };

  const page = rows.slice(0, size);
  const texts = await showTexts(context.keys, tx, page);
  const url = `${context.base}/Patient/${patient === null ? '' : `${patient}/`}$everything`;
  const last = page.at(-1);
  const more = rows.length > size;
  const next = more && last ? placeOf(last, patient) : null;
  const sealed = (at: Place): string => {
    const { cursor: _cursor, ...rest } = asked;
    return sealCursor(
      { query: JSON.stringify(rest), place: at, backwards: false, now: Date.now() },
      bound,
      cursorKeyOf(context),
    );
  };
  return {
    value: {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(cursor === null && !more && { total: page.length }),
      link: [
        {
          relation: 'self',
          url: options.cursor === undefined ? url + queryOf(asked) : `${url}?_cursor=${options.cursor}`,
        },
        ...(next === null ? [] : [{ relation: 'next', url: `${url}?_cursor=${sealed(next)}` }]),
      ],
      entry: page.map((row, at) => storedEntry(`${context.base}/${row.type}/${row.id}`, texts[at] as string, row.mode)),
    },
    touched: [
      ...page.map((row) => ({ patient: row.patient, entity: versionReference(row) })),
      // Whoever asks and is shown nothing has asked about her all the same.
      ...(patient !== null && !page.some((row) => row.patient === patient) ? [{ patient, entity: null }] : []),
    ],
    query: `Patient/$everything${queryOf(asked)}`,
  };
}

/** Whether the scope lets any record of the patient's own be seen. */
async function hasAnyOf(tx: Transaction, scope: Scope, patient: string): Promise<boolean> {
  const sql = statement(scope, { now: 0 });
  const hers = `r.patient = ${sql.bind(patient)}`;
  const rows = await tx.query(`select 1 from resource r where ${hers} and ${sql.visible('r')} limit 1`, sql.params);
  return rows.length > 0;
}

function placeOf(row: SearchRow, patient: string | null): Place {
  if (row.mode === 'include') return [2, row.row_id];
  return [row.type === 'Patient' && row.id === patient ? 0 : 1, row.row_id];
}

/** What is the patient's: what is kept in her compartment, and what names her among others. */
function compartment(
  tx: Transaction,
  scope: Scope,
  patient: string | null,
  filter: Filter,
  [phase, row]: Place,
  limit: number,
): Promise<SearchRow[]> {
  const sql = statement(scope, { now: 0 });
  const rank =
    patient === null ? '1' : `case when r.type = 'Patient' and r.id = ${sql.bind(patient)} then 0 else 1 end`;
  const conditions = [sql.visible('r'), ...care(sql, 'r', filter), ...kind(sql, 'r', filter)];
  if (phase >= 0) conditions.push(`(${rank}, r.row_id) > (${sql.bind(phase)}::int, ${sql.bind(row)}::bigint)`);
  const columns = COLUMNS.map((column) => `r.${column}`).join(', ');
  return tx.query<SearchRow>(
    `select ${columns}, 'match' as mode from (
       select r.row_id, ${rank} as rank from ${members(sql, patient)} where ${and(conditions)}
       order by rank, r.row_id limit ${sql.bind(limit)}::int
     ) page ${record('r', 'row_id = page.row_id')} order by page.rank, r.row_id`,
    sql.params,
  );
}

/** What the compartment refers to, and what that refers to, as far as it is nobody's. `whole`: the compartment, where it is at hand. */
function referred(
  tx: Transaction,
  scope: Scope,
  patient: string | null,
  filter: Filter,
  [, row]: Place,
  limit: number,
  whole: readonly SearchRow[] | null,
): Promise<SearchRow[]> {
  const sql = statement(scope, { now: 0 });
  const own = (): string =>
    whole === null
      ? `select r.row_id from ${members(sql, patient)} where ${and([sql.visible('r'), ...care(sql, 'r', filter)])}`
      : `select row_id from unnest(${sql.bind(whole.map((one) => one.row_id))}::bigint[]) as known (row_id)`;
  const columns = COLUMNS.map((column) => `r.${column}`).join(', ');
  const targetsOf = (from: string): string => `cross join lateral (
    select target_type, target_id from search_reference where row_id = ${from}.row_id offset 0
  ) c`;
  // Each place is looked up once.
  const nobodys = (): string =>
    `${record('t', names('c', 'resource'))} where t.patient is null and ${sql.visible('t')}`;
  const conditions = [...kind(sql, 'r', filter), `r.row_id > ${sql.bind(row)}::bigint`];
  // An own compartment row that is nobody's is a match already.
  return tx.query<SearchRow>(
    `with recursive own as materialized (
       ${own()}
     ), near as (
       select t.row_id from (select distinct c.target_type, c.target_id from own ${targetsOf('own')} offset 0) c ${nobodys()}
       union
       select t.row_id from near ${targetsOf('near')} ${nobodys()}
     )
     select ${columns}, 'include' as mode from near ${record('r', 'row_id = near.row_id')}
     where not exists (select from own where own.row_id = r.row_id) and ${and(conditions)}
     order by r.row_id limit ${sql.bind(limit)}::int`,
    sql.params,
  );
}

/**
 * Joins the records under a key to what stands before, each looked up by itself. Left to itself the planner takes a few hundred rows for reason enough to go
 * through whole tables, so that one patient's compartment would cost more with every other patient.
 */
function record(alias: string, key: string): string {
  return `cross join lateral (select * from resource where ${key} offset 0) ${alias}`;
}

let compartmentIds: readonly number[] | undefined;

/** The records (r) of the compartment, or of all compartments. */
function members(sql: Statement, patient: string | null): string {
  // Here every record is looked at in any case.
  if (patient === null) return '(select * from resource where patient is not null) r';
  compartmentIds ??= [
    ...new Set(
      resourceTypes().flatMap((type) =>
        patientCompartmentOf(type).flatMap((code) => parametersOf(type).get(code)?.ids ?? []),
      ),
    ),
  ];
  const id = sql.bind(patient);
  return `(select row_id from resource where patient = ${id} union
    select row_id from search_reference where target_type = 'Patient' and target_id = ${id} and param = any('{${compartmentIds.join(',')}}'::integer[])
  ) m ${record('r', 'row_id = m.row_id')}`;
}

function care(sql: Statement, alias: string, { careFrom, careUntil }: Filter): string[] {
  const conditions: string[] = [];
  const at = `${alias}.care_at`;
  if (careFrom !== null)
    conditions.push(`(${at} is null or ${at} >= ${sql.bind(careFrom)}::bigint or ${alias}.type = 'Patient')`);
  if (careUntil !== null)
    conditions.push(`(${at} is null or ${at} <= ${sql.bind(careUntil)}::bigint or ${alias}.type = 'Patient')`);
  return conditions;
}

function kind(sql: Statement, alias: string, { since, types }: Filter): string[] {
  const conditions: string[] = [];
  if (since !== null) conditions.push(`${alias}.last_updated >= ${sql.bind(since)}::timestamptz`);
  if (types !== null) conditions.push(`${alias}.type = any(${sql.bind([...types])}::text[])`);
  return conditions;
}

function filterOf({ start, end, since, types }: EverythingOptions): Filter {
  if (types?.some((type) => !isResourceType(type))) throw badRequest('_type names an unknown resource type');
  const from = intervalOf('start', start);
  const until = intervalOf('end', end);
  const changed = intervalOf('_since', since);
  return {
    careFrom: from === null ? null : Math.ceil(from.low / 1000),
    careUntil: until === null ? null : Math.floor(until.high / 1000),
    since: changed === null ? null : new Date(changed.low).toISOString(),
    types: types === undefined || types.length === 0 ? null : types,
  };
}

function intervalOf(name: string, text: string | undefined): { low: number; high: number } | null {
  if (text === undefined) return null;
  const interval = dateInterval(text);
  if (interval === null) throw badRequest(`${name} is not a date or an instant`);
  return interval;
}

function queryOf({ start, end, since, types, count }: EverythingOptions): string {
  const pairs: [string, string][] = [];
  if (start !== undefined) pairs.push(['start', start]);
  if (end !== undefined) pairs.push(['end', end]);
  if (since !== undefined) pairs.push(['_since', since]);
  if (types !== undefined && types.length > 0) pairs.push(['_type', types.join(',')]);
  if (count !== undefined) pairs.push(['_count', String(count)]);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}
