import { badRequest, notFound } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import type { Scope } from '../consent/scope.ts';
import { type Touched, versionReference } from './access.ts';
import type { Bundle, BundleEntry } from './bundle-types.ts';
import { showContents } from './content.ts';
import type { RecordsContext } from './context.ts';
import type { Found } from './read-one.ts';
import { countHistory, selectCurrent, selectHistory, type VersionRow } from './rows.ts';
import type { FhirResource } from './search/index.ts';
import { dateInterval } from './search/intervals.ts';

/** Which part of a history is wanted. */
export interface HistoryOptions {
  /** Entries on a page: default 50, at most 1000. 0 gives the total alone. */
  readonly count?: number;
  /** `_since`: an instant (ISO 8601); versions made then or later. */
  readonly since?: string;
  /** `_at`: a date or instant; versions that were current at some moment of it. */
  readonly at?: string;
  /** From the `next` link of the page before. */
  readonly cursor?: string;
}

/** What a history's query asks for (https://hl7.org/fhir/R4/http.html#history). Errors: 400 for values that are not what they should be. */
export function historyOptionsOf(query: string): HistoryOptions {
  const params = new URLSearchParams(query);
  const count = params.get('_count');
  if (count !== null && !/^\d{1,6}$/.test(count)) throw badRequest('_count must be a whole number');
  const [since, at] = ['_since', '_at'].map((name) => params.get(name) ?? undefined);
  const cursor = params.get('_cursor');
  return {
    ...(count !== null && { count: Number(count) }),
    ...(since !== undefined && { since }),
    ...(at !== undefined && { at }),
    ...(cursor !== null && { cursor }),
  };
}

const DEFAULT_COUNT = 50;
const MAX_COUNT = 1000;

/**
 * History of a record, of a type or of everything (https://hl7.org/fhir/R4/http.html#history), newest first, inside the scope.
 *
 * Errors: 400 for a cursor or instant that is none. Found to be refused (404): a record of which the scope may see no version.
 */
export async function readHistory(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  of: { readonly type?: string; readonly id?: string },
  options: HistoryOptions,
): Promise<Found<Bundle>> {
  const limit = Math.min(Math.max(options.count ?? DEFAULT_COUNT, 0), MAX_COUNT);
  const since = sinceOf(options.since);
  const during = duringOf(options.at);
  const filter = { ...of, ...(since !== undefined && { since }), ...(during !== undefined && { during }) };
  const before = cursorOf(options.cursor);
  const total = of.id === undefined && limit > 0 ? undefined : await countHistory(tx, scope, filter);
  if (total === 0 && of.id !== undefined && (await countHistory(tx, scope, of)) === 0)
    return { touched: await itself(tx, of), refused: notFound() };
  const rows = await selectHistory(tx, scope, { ...filter, ...(before !== undefined && { before }) }, limit + 1);
  const page = rows.slice(0, limit);
  const opened = await showContents(context.keys, tx, page);
  const path = [of.type, of.id, '_history'].filter((part) => part !== undefined).join('/');
  const query = new URLSearchParams({
    _count: String(limit),
    ...(options.since && { _since: options.since }),
    ...(options.at && { _at: options.at }),
  });
  const link = [{ relation: 'self', url: `${context.base}/${path}?${query}` }];
  const last = page.at(-1);
  if (rows.length > limit && last !== undefined) {
    query.set('_cursor', String(last.leaf_index));
    link.push({ relation: 'next', url: `${context.base}/${path}?${query}` });
  }
  return {
    value: {
      resourceType: 'Bundle',
      type: 'history',
      ...(total !== undefined && { total }),
      link,
      entry: opened.map(({ row, resource }) => historyEntry(context.base, row, resource)),
    },
    touched:
      page.length > 0
        ? page.map((row) => ({ patient: row.patient, entity: versionReference(row) }))
        : await itself(tx, of),
  };
}

/** The record whose history was asked for, where there is one: asking is an access, whatever was shown. */
async function itself(tx: Transaction, { type, id }: { type?: string; id?: string }): Promise<Touched[]> {
  const row = type === undefined || id === undefined ? undefined : await selectCurrent(tx, type, id);
  return row === undefined ? [] : [{ patient: row.patient, entity: versionReference(row) }];
}

function historyEntry(base: string, row: VersionRow, resource: FhirResource): BundleEntry {
  const { type, id, version, method, last_updated } = row;
  const created = method === 'POST' || (method === 'PUT' && version === 1);
  return {
    fullUrl: `${base}/${type}/${id}`,
    ...(method !== 'DELETE' && { resource }),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: {
      status: created ? '201' : method === 'DELETE' ? '204' : '200',
      etag: `W/"${version}"`,
      lastModified: last_updated.toISOString(),
    },
  };
}

function sinceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const interval = dateInterval(text);
  if (interval === null) throw badRequest('_since is not an instant');
  return interval.low;
}

function duringOf(text: string | undefined): { low: number; high: number } | undefined {
  if (text === undefined) return undefined;
  const interval = dateInterval(text);
  if (interval === null) throw badRequest('_at is not a date or an instant');
  return interval;
}

function cursorOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest('_cursor is not one that this server gave');
  return Number(text);
}
