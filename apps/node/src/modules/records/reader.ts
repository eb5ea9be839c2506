import type { RecordProof } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import type { AccessAction, AccessEntry } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { accessEntries, requireAction } from './access.ts';
import type { Bundle } from './bundle-types.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { groupsOf } from './groups.ts';
import { type HistoryOptions, readHistory } from './history.ts';
import { type Found, type ProvenCompartment, readCurrent, readProof, readProven, readVersion } from './read-one.ts';
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
  async function logged<T>(
    access: { readonly action: AccessAction; readonly query?: string },
    work: (tx: Transaction) => Promise<Found<T>>,
  ): Promise<T> {
    requireAction(authority, 'read');
    const found = (await groupsOf(context).reads.submit(async (tx) => {
      const result = await work(tx);
      return { found: result, entries: entriesOf(context, authority, access, result) };
    })) as Found<T>;
    if ('refused' in found) throw found.refused;
    return found.value;
  }

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

/** The entries that a read owes. Nothing is owed where there was nothing; a refusal of what is there is logged as one. */
export function entriesOf(
  context: RecordsContext,
  authority: Authority,
  access: { readonly action: AccessAction; readonly query?: string },
  found: Found<unknown>,
): AccessEntry[] {
  const refused = 'refused' in found;
  if (refused && found.touched.length === 0) return [];
  const outcome = refused ? 'refused' : 'success';
  const query = found.query === undefined ? {} : { query: found.query };
  return accessEntries(authority, { ...access, ...query, at: nowOf(context), outcome }, found.touched);
}

function historyOf(type: string | undefined, id: string | undefined): { type?: string; id?: string } {
  return { ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
}
