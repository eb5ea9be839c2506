import { badRequest, tooCostly } from '@anamnesis/protocol';
import type { Transaction } from '../../../storage/index.ts';
import type { Scope } from '../../consent/scope.ts';
import { versionReference } from '../access.ts';
import { askedAbout } from '../asked-about.ts';
import type { Bundle, BundleEntry } from '../bundle-types.ts';
import { showContents } from '../content.ts';
import type { RecordsContext } from '../context.ts';
import type { Found } from '../read-one.ts';
import { COLUMNS } from '../search/includes.ts';
import { matchingRows, type SearchRow } from '../search/index.ts';
import { parametersOf } from '../search/parameters.ts';
import { paramIn } from '../search/statement.ts';
import { ignoredOutcome, searchRequest } from '../searchset.ts';
import { subsetOf } from '../subset.ts';

/** Observations that are looked at, and that are shown. */
const MAX_LOOKED_AT = 100_000;
const MAX_SHOWN = 1_000;

interface Dated {
  readonly row_id: number;
  readonly patient: string | null;
  readonly at: number | null;
}

/**
 * `Observation/$lastn` (https://hl7.org/fhir/R4/observation-operation-lastn.html): of the observations that a query matches the newest of each kind,
 * newest first. Two are of one kind when they are about one patient and share a coding, directly or through others; one without a coding goes by its text.
 *
 * @param query search parameters of Observation, among them `patient` or `subject`. `max`: how many of each kind, at least 1.
 *
 * Errors: those of a search; 400 without a patient; 403 (too-costly).
 */
export async function readLastN(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  query: string,
  max: number,
): Promise<Found<Bundle>> {
  if (max < 1) throw badRequest('max must be at least 1');
  const given = new URLSearchParams(query);
  if (![...given].some(([name, value]) => /^(?:patient|subject)(?:[:.]|$)/.test(name) && value !== ''))
    throw badRequest('$lastn needs patient or subject');
  const request = searchRequest(context, tx, scope, 'Observation', query);
  const { rows: matching, ignored } = await matchingRows(tx, request);
  if (matching.length > MAX_LOOKED_AT) throw tooCostly('There are too many such observations');
  const chosen = newestOf(await datesOf(tx, matching), await kindsOf(tx, matching), max);
  if (chosen.length > MAX_SHOWN) throw tooCostly('There are too many kinds of observations: name codes or a category');
  const rows = await tx.query<SearchRow>(
    `select ${COLUMNS.map((column) => `r.${column}`).join(', ')}, 'match' as mode
     from unnest($1::bigint[]) with ordinality as chosen (row_id, place) join resource r on r.row_id = chosen.row_id order by place`,
    [chosen],
  );
  const opened = await showContents(context.keys, tx, rows);
  const asked = await askedAbout(tx, request, query, rows);
  const subset = subsetOf(query);
  const entry: BundleEntry[] = opened.map(({ row, resource }) => ({
    fullUrl: `${context.base}/Observation/${row.id}`,
    resource: subset === null ? resource : subset(resource),
    search: { mode: 'match' },
  }));
  if (ignored.length > 0) entry.push({ resource: ignoredOutcome(ignored), search: { mode: 'outcome' } });
  const self = `max=${max}${query === '' ? '' : `&${query}`}`;
  return {
    value: {
      resourceType: 'Bundle',
      type: 'searchset',
      total: rows.length,
      link: [{ relation: 'self', url: `${context.base}/Observation/$lastn?${self}` }],
      entry,
    },
    query: `Observation/$lastn?${self}`,
    touched: [
      ...rows.map((row) => ({ patient: row.patient, entity: versionReference(row) })),
      ...asked.map((patient) => ({ patient, entity: null })),
    ],
  };
}

function datesOf(tx: Transaction, rows: readonly number[]): Promise<Dated[]> {
  const { ids = [] } = parametersOf('Observation').get('date') ?? {};
  return tx.query<Dated>(
    `select r.row_id, r.patient, (select max(d.high) from search_date d where d.row_id = r.row_id and ${paramIn('d', ids)}) as at
     from resource r where r.row_id = any($1::bigint[])`,
    [rows],
  );
}

/** The codings of each observation, from the index: none is opened for it. */
async function kindsOf(tx: Transaction, rows: readonly number[]): Promise<Map<number, string[]>> {
  const { ids = [] } = parametersOf('Observation').get('code') ?? {};
  const found = await tx.query<{ row_id: number; system: string | null; code: string; text: string | null }>(
    `select row_id, system, code, text from search_token c where row_id = any($1::bigint[]) and ${paramIn('c', ids)}`,
    [rows],
  );
  const kinds = new Map<number, string[]>();
  for (const { row_id, system, code, text } of found) {
    const kind = code === '' ? `text ${text ?? ''}` : `${system ?? ''}|${code}`;
    kinds.set(row_id, [...(kinds.get(row_id) ?? []), kind]);
  }
  return kinds;
}

function newestOf(dated: readonly Dated[], kinds: ReadonlyMap<number, readonly string[]>, max: number): number[] {
  // Codings that stand in one observation mean one thing: each leads to another of the same kind, or to itself.
  const parent = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) root = up;
    parent.set(key, root);
    return root;
  };
  const keysOf = ({ row_id, patient }: Dated): string[] =>
    (kinds.get(row_id) ?? ['none']).map((kind) => `${patient ?? ''} ${kind}`);
  for (const one of dated) {
    const [first = '', ...others] = keysOf(one);
    for (const other of others) parent.set(rootOf(other), rootOf(first));
  }
  const groups = Map.groupBy(dated, (one) => rootOf(keysOf(one)[0] ?? ''));
  const newestFirst = (a: Dated, b: Dated): number =>
    (b.at ?? Number.NEGATIVE_INFINITY) - (a.at ?? Number.NEGATIVE_INFINITY) || b.row_id - a.row_id;
  const ordered = [...groups.values()].map((group) => group.sort(newestFirst).slice(0, max));
  ordered.sort(([a], [b]) => (a && b ? newestFirst(a, b) : 0));
  return ordered.flat().map(({ row_id }) => row_id);
}
