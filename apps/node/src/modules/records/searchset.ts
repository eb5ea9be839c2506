import { operationOutcome, parseStoredJson } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import type { Scope } from '../consent/scope.ts';
import { type Touched, versionReference } from './access.ts';
import { askedAbout } from './asked-about.ts';
import type { Bundle, BundleEntry } from './bundle-types.ts';
import { openContents, showTexts } from './content.ts';
import type { RecordsContext } from './context.ts';
import { type FhirResource, runSearch, type SearchRequest } from './search/index.ts';
import { storedEntry } from './stored-entry.ts';
import { subsetOf } from './subset.ts';

/** How a search is to be run, besides its query. */
export type SearchOptions = Pick<SearchRequest, 'compartment' | 'strict'>;

/** Runs a search inside the scope and gives its page as a Bundle (https://hl7.org/fhir/R4/search.html). Errors as `runSearch`. */
export async function readSearch(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string | null,
  query: string,
  options: SearchOptions = {},
): Promise<{ readonly value: Bundle; readonly touched: Touched[]; readonly query: string }> {
  const { compartment, strict } = options;
  const request: SearchRequest = {
    ...searchRequest(context, tx, scope, type, query),
    ...(compartment && { compartment }),
    ...(strict !== undefined && { strict }),
  };
  const hits = await runSearch(tx, request);
  const asked = await askedAbout(tx, request, hits.query, hits.rows);
  const texts = await showTexts(context.keys, tx, hits.rows);
  const within = compartment === undefined ? '' : `/${compartment.type}/${compartment.id}`;
  const url = (page: string): string =>
    `${context.base}${within}${type === null ? '' : `/${type}`}${page && `?${page}`}`;
  const subset = subsetOf(hits.query);
  const entry = hits.rows.map((row, at): BundleEntry => {
    const [fullUrl, text] = [`${context.base}/${row.type}/${row.id}`, texts[at] as string];
    if (subset === null || row.mode !== 'match') return storedEntry(fullUrl, text, row.mode);
    return { fullUrl, resource: subset(parseStoredJson(text) as FhirResource), search: { mode: row.mode } };
  });
  if (hits.ignored.length > 0) entry.push({ resource: ignoredOutcome(hits.ignored), search: { mode: 'outcome' } });
  return {
    value: {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(hits.total !== undefined && { total: hits.total }),
      link: [
        { relation: 'self', url: url(hits.self) },
        ...(hits.previous === undefined ? [] : [{ relation: 'previous', url: url(hits.previous) }]),
        ...(hits.next === undefined ? [] : [{ relation: 'next', url: url(hits.next) }]),
      ],
      entry,
    },
    query: `${type ?? ''}?${hits.query}`,
    touched: [
      ...hits.rows.map((row) => ({ patient: row.patient, entity: versionReference(row) })),
      ...asked.map((patient) => ({ patient, entity: null })),
    ],
  };
}

/** A search as this node runs it. */
export function searchRequest(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string | null,
  query: string,
): SearchRequest {
  return {
    type,
    query,
    scope,
    base: context.base,
    cursorKey: cursorKeyOf(context),
    open: async (rows) => (await openContents(context.keys, tx, rows)).map(({ resource }) => resource),
  };
}

const cursorKeys = new WeakMap<RecordsContext, Uint8Array>();

/** The same in every process of the organisation, so that any of them can go on with a page. */
export function cursorKeyOf(context: RecordsContext): Uint8Array {
  const known = cursorKeys.get(context);
  if (known) return known;
  const key = context.keys.derive('search-cursor');
  cursorKeys.set(context, key);
  return key;
}

export function ignoredOutcome(names: readonly string[]): FhirResource {
  const diagnostics = `These parameters are not supported and were ignored: ${names.join(', ')}`;
  return { ...operationOutcome([{ severity: 'warning', code: 'not-supported', diagnostics }]) };
}
