import { badRequest, gone, notFound, type OutcomeError, type RecordProof } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import { type AccessAction, appendAccess, proveLeaves } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { accessEntries, requireAction, type Touched, versionReference } from './access.ts';
import type { Bundle } from './bundle-types.ts';
import { openContents, openSalts } from './content.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { type HistoryOptions, readHistory } from './history.ts';
import { selectCompartment, selectCurrent, selectVersion, type VersionRow } from './rows.ts';
import { type FhirResource, inScope } from './search/index.ts';
import { readSearch, type SearchOptions } from './searchset.ts';

/** A record and the proof of its version. */
export interface ProvenRecord {
  readonly resource: FhirResource;
  readonly proof: RecordProof;
}

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
  /** Every current record of a patient's compartment with its proof, in the order of the log. Errors: 404 when there is none. */
  proven(patient: string): Promise<ProvenRecord[]>;
}

/** What a read found, or the refusal that it ends in once it has been logged. */
type Outcome<T> = { readonly touched: readonly Touched[] } & (
  | { readonly value: T }
  | { readonly refused: OutcomeError }
);

/** The reader of one request. Errors of its methods: 403 when the authority may not read. */
export function openRecords(context: RecordsContext, authority: Authority): RecordReader {
  const { scope } = authority;

  async function logged<T>(
    action: AccessAction,
    query: string | undefined,
    work: (tx: Transaction) => Promise<Outcome<T>>,
  ): Promise<T> {
    requireAction(authority, 'read');
    const outcome = await context.database.transaction(async (tx) => {
      const done = await work(tx);
      const refused = 'refused' in done;
      if (refused && done.touched.length === 0) return done;
      const access = {
        at: nowOf(context),
        action,
        outcome: refused ? 'refused' : 'success',
        ...(query && { query }),
      } as const;
      await appendAccess(context, tx, accessEntries(authority, access, done.touched));
      return done;
    });
    if ('refused' in outcome) throw outcome.refused;
    return outcome.value;
  }

  async function visibleVersion(
    tx: Transaction,
    type: string,
    id: string,
    text: string,
  ): Promise<VersionRow | Outcome<never>> {
    if (!/^[1-9]\d{0,8}$/.test(text)) return { touched: [], refused: notFound() };
    const row = await selectVersion(tx, scope, { type, id, version: Number(text) });
    if (row === undefined) return { touched: [], refused: notFound() };
    return row.visible ? row : { touched: [touchedBy(row)], refused: notFound() };
  }

  return {
    read: (type, id) =>
      logged('read', undefined, async (tx) => {
        const row = await selectCurrent(tx, type, id);
        if (row === undefined) return { touched: [], refused: notFound() };
        const touched = [touchedBy(row)];
        if (!inScope(scope, row)) return { touched, refused: notFound() };
        if (row.deleted) return { touched, refused: gone() };
        const [opened] = await openContents(context.keys, tx, [row]);
        return opened === undefined ? { touched, refused: notFound() } : { touched, value: opened.resource };
      }),

    vread: (type, id, version) =>
      logged('read', undefined, async (tx) => {
        const row = await visibleVersion(tx, type, id, version);
        if (!('leaf_index' in row)) return row;
        const touched = [touchedBy(row)];
        if (row.method === 'DELETE') return { touched, refused: gone() };
        const [opened] = await openContents(context.keys, tx, [row]);
        return opened === undefined ? { touched, refused: notFound() } : { touched, value: opened.resource };
      }),

    history: (type, id, options = {}) =>
      logged('read', undefined, async (tx) => {
        const of = { ...(type !== undefined && { type }), ...(id !== undefined && { id }) };
        const { bundle, touched } = await readHistory(context, tx, scope, of, options);
        return { touched, value: bundle };
      }),

    search: (type, query, options = {}) =>
      logged('search', `${type ?? ''}?${query}`, async (tx) => {
        const { bundle, touched } = await readSearch(context, tx, scope, type, query, options);
        return { touched, value: bundle };
      }),

    proof: (type, id, version) =>
      logged('read', undefined, async (tx) => {
        const row = await visibleVersion(tx, type, id, version);
        if (!('leaf_index' in row)) return row;
        const [proof] = await prove(context, tx, [row]);
        if (proof === undefined) throw badRequest();
        return { touched: [touchedBy(row)], value: proof };
      }),

    proven: (patient) =>
      logged('read', undefined, async (tx) => {
        const rows = await selectCompartment(tx, scope, patient);
        if (rows.length === 0) return { touched: [], refused: notFound() };
        const opened = await openContents(context.keys, tx, rows);
        const proofs = await prove(context, tx, rows);
        const value = opened.map(({ resource }, at) => ({ resource, proof: proofs[at] as RecordProof }));
        return { touched: rows.map(touchedBy), value };
      }),
  };
}

async function prove(context: RecordsContext, tx: Transaction, rows: readonly VersionRow[]): Promise<RecordProof[]> {
  const salts = await openSalts(context.keys, tx, rows);
  const leaves = rows.map((row, at) => ({ index: row.leaf_index, salt: salts[at] as Uint8Array }));
  return proveLeaves(context, tx, 'records', leaves);
}

function touchedBy(row: { patient: string | null; type: string; id: string; version: number }): Touched {
  return { patient: row.patient, entity: versionReference(row) };
}
