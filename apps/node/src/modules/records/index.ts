/** The FHIR R4 repository: encrypted records, their history and search, to be had only through an authority. */
export { doneOutcome, type Returned } from './bundle/answers.ts';
export type { Bundle, BundleEntry, BundleResponse } from './bundle-types.ts';
export type { RecordsContext } from './context.ts';
export { COMPARTMENTS } from './definitions.ts';
export { isNotModified } from './freshness.ts';
export { type HistoryOptions, historyOptionsOf } from './history.ts';
export { type EverythingOptions, openOperations, type RecordOperations } from './operations/index.ts';
export { type PatchDocument, patchDocument } from './patch/index.ts';
export type { ProvenCompartment, ProvenRecord } from './read-one.ts';
export { openRecords, type RecordReader } from './reader.ts';
export { reindexRecords } from './reindex.ts';
export { COMMON_PARAMETERS, searchCapabilityOf } from './search/capability.ts';
export type { FhirResource } from './search/index.ts';
export type { SearchOptions } from './searchset.ts';
export { isServedId, isServedType, servedTypes } from './served.ts';
export { subsetOf } from './subset.ts';
export { contentCheck, type FullOptions, type ValidationIssue, validateFully } from './validation/index.ts';
export { openRecordWriter, type RecordWriter, type Written } from './writer.ts';
