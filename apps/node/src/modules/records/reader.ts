import type { RecordProof } from '@anamnesis/protocol';
import type { Authority } from '../consent/authority.ts';
import type { Bundle } from './bundle-types.ts';
import type { RecordsContext } from './context.ts';
import { type HistoryOptions, readHistory } from './history.ts';
import { loggedReads } from './logged-reads.ts';
import { type ProvenCompartment, readCurrent, readProof, readProven, readVersion } from './read-one.ts';
import { scopeFor } from './scope-for.ts';
import type { FhirResource } from './search/index.ts';
import { readSearch, type SearchOptions } from './searchset.ts';

/**
 * Reading under one authority: whatever is outside its scope is not there. Each call writes its access entry in the transaction that it
 * reads in; when the entry cannot be written, nothing is answered.
 */
export interface RecordReader {
  /** The current version. Errors: 404, 410 when it was deleted. */
  read(type: string, id: string): Promise<FhirResource>;
  /** One version. Errors: 404, 410 when the version is a deletion. */
  vread(type: string, id: string, version: string): Promise<FhirResource>;
  /** History of everything, of a type or of a record, as a Bundle. Errors: 400, 404. */
  history(type?: string, id?: string, options?: HistoryOptions): Promise<Bundle>;
  /** A page of search results. `type` null searches all types. `query` is percent-encoded, without `?`. Errors: 400. */
  search(type: string | null, query: string, options?: SearchOptions): Promise<Bundle>;
  /** Proof that a version is in the record log; of a deletion too. Errors: 404. */
  proof(type: string, id: string, version: string): Promise<RecordProof>;
  /** Every current record of a patient's compartment with its proof, in the order of the log, and what cannot be opened. Errors: 404 when there is none. */
  proven(patient: string): Promise<ProvenCompartment>;
}

/** The reader of one request. Errors of its methods: 403 when the authority may not read. */
export function openRecords(context: RecordsContext, authority: Authority): RecordReader {
  const logged = loggedReads(context, authority);
  return {
    read: (type, id) =>
      logged({ action: 'read' }, (tx) => readCurrent(context, tx, scopeFor(authority.scope, 'r', type), type, id)),
    vread: (type, id, version) =>
      logged({ action: 'read' }, (tx) =>
        readVersion(context, tx, scopeFor(authority.scope, 'r', type), type, id, version),
      ),
    history: (type, id, options = {}) =>
      logged({ action: 'read' }, (tx) => {
        const scope = scopeFor(authority.scope, id === undefined ? 's' : 'r', type ?? null);
        return readHistory(context, tx, scope, historyOf(type, id), options);
      }),
    search: (type, query, options = {}) =>
      logged({ action: 'search', query: `${type ?? ''}?${query}` }, (tx) =>
        readSearch(context, tx, scopeFor(authority.scope, 's', type), type, query, options),
      ),
    proof: (type, id, version) =>
      logged({ action: 'read' }, (tx) =>
        readProof(context, tx, scopeFor(authority.scope, 'r', type), type, id, version),
      ),
    proven: (patient) =>
      logged({ action: 'read' }, (tx) => readProven(context, tx, scopeFor(authority.scope, 'r', null), patient)),
  };
}

function historyOf(type: string | undefined, id: string | undefined): { type?: string; id?: string } {
  return { ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
}
