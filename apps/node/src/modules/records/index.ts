/** The FHIR R4 repository: encrypted records, their history and search, to be had only through an authority. */
export type { Bundle, BundleEntry, BundleResponse } from './bundle-types.ts';
export type { RecordsContext } from './context.ts';
export type { HistoryOptions } from './history.ts';
export type { ProvenCompartment, ProvenRecord } from './read-one.ts';
export { openRecords, type RecordReader } from './reader.ts';
export type { FhirResource } from './search/index.ts';
export type { SearchOptions } from './searchset.ts';
export { contentCheck, type FullOptions, type ValidationIssue, validateFully } from './validation/index.ts';
export { openRecordWriter, type RecordWriter, type Written } from './writer.ts';
