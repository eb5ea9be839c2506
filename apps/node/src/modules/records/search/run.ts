import type { Queryable } from './queryable.ts';
import type { SearchHits, SearchRequest } from './types.ts';

/**
 * Runs one FHIR search (https://hl7.org/fhir/R4/search.html) under the request's scope.
 *
 * Errors: `OutcomeError` 400 for values and modifiers that cannot be understood or are not supported, and for unknown parameters when `strict`.
 */
export async function runSearch(_database: Queryable, request: SearchRequest): Promise<SearchHits> {
  return { rows: [], self: request.query, ignored: [] };
}
