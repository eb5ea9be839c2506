import type { Connection } from '../client/connection.ts';
import { FHIR_BASE } from './base.ts';
import { pages } from './search.ts';
import type { Bundle, BundleEntry } from './types.ts';

/** Every version of one record, newest first (FHIR R4 http.html#history). Throws RequestError `not-found`, `consent-refused`. */
export async function* history(
  connection: Connection,
  type: string,
  id: string,
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<BundleEntry> {
  const path = `${FHIR_BASE}/${encodeURIComponent(type)}/${encodeURIComponent(id)}/_history`;
  const first = (await connection.request({ path, signal: options.signal })).body() as Bundle;
  yield* pages(connection, first, options);
}
