import { AnamnesisError } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { FHIR_BASE } from './base.ts';
import type { Bundle, BundleEntry } from './types.ts';

/** Search parameters: a query string (`code=1234&_count=10`) or names with one or several values. */
export type SearchQuery = string | Readonly<Record<string, string | number | readonly string[]>>;

/**
 * One page of a search (FHIR R4 search.html), asked for by POST: what is looked for, such as a name, belongs in no address. The next page is in `link[relation=next]`; `searchAll` follows it.
 * Throws RequestError `invalid` for a parameter that the node refuses, `consent-refused`, `unauthorized`.
 */
export async function search(
  connection: Connection,
  type: string,
  query: SearchQuery = '',
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Bundle> {
  const reply = await connection.request({
    method: 'POST',
    path: `${FHIR_BASE}/${encodeURIComponent(type)}/_search`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: queryText(query),
    signal: options.signal,
  });
  return reply.body() as Bundle;
}

/** How many records match, without fetching any (`_summary=count`). Throws what `search` throws. */
export async function count(
  connection: Connection,
  type: string,
  query: SearchQuery = '',
  options: { signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const text = queryText(query);
  const bundle = await search(connection, type, `${text === '' ? '' : `${text}&`}_summary=count`, options);
  if (typeof bundle.total !== 'number') throw new AnamnesisError('malformed-answer', `${type}: the count is missing`);
  return bundle.total;
}

/** Every entry of a search, page after page. A next link to another place than the node's own FHIR interface is refused. */
export async function* searchAll(
  connection: Connection,
  type: string,
  query: SearchQuery = '',
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<BundleEntry> {
  yield* pages(connection, await search(connection, type, query, options), options);
}

/** The entries of `first` and of every page after it. */
export async function* pages(
  connection: Connection,
  first: Bundle,
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<BundleEntry> {
  let page = first;
  for (;;) {
    yield* page.entry ?? [];
    const next = page.link?.find((link) => link.relation === 'next')?.url;
    if (next === undefined) return;
    page = (await connection.request({ path: ownPath(connection, next), signal: options.signal })).body() as Bundle;
  }
}

// The token goes with the request: a link that leads elsewhere would hand it to a stranger. A node behind a proxy may name itself
// by another host, so what counts is the path below its FHIR base.
function ownPath(connection: Connection, link: string): string {
  const url = new URL(link, `${connection.baseUrl}${FHIR_BASE}/`);
  const at = url.pathname.indexOf(FHIR_BASE);
  if (at < 0) throw new AnamnesisError('malformed-answer', 'the next link leads outside of the FHIR interface');
  return url.pathname.slice(at) + url.search;
}

function queryText(query: SearchQuery): string {
  if (typeof query === 'string') return query.replace(/^\?/, '');
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const each of value) parameters.append(name, each);
    else parameters.append(name, String(value));
  }
  return parameters.toString();
}
