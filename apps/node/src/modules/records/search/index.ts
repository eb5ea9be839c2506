/**
 * Search over the official R4 parameters, US Core's and those of added packages. What search needs of table `resource`: `row_id bigint generated always as identity` (unique, indexed), `type`,
 * `id`, `version`, `deleted`, `last_updated`, `patient`, `category` (mask with the category's bit set), `sensitive`, `care_at`, `key_id`, `content`.
 * Someone calls `refreshStatistics` after imports and now and then: PGlite does not by itself, and a search planned without is ten times as slow.
 * A create calls `writeIndex`, an update `deleteIndex` then `writeIndex`, a delete `deleteIndex`, all within the transaction of the write.
 */
export { COMMON_PARAMETERS, searchCapabilityOf } from './capability.ts';
export { indexResource } from './indexing.ts';
export { type NamedRecords, namedRecords } from './named.ts';
export { isRestriction, isSeen, rulesFor } from './narrowed.ts';
export { checkSearch, matchingRows, runSearch } from './run.ts';
export { inScope, scopePredicate, undirected } from './scope.ts';
export { refreshStatistics } from './statistics.ts';
export type { FhirResource, IndexedResource, IndexRows, SearchHits, SearchRequest, SearchRow } from './types.ts';
export { deleteIndex, writeIndex } from './write.ts';
