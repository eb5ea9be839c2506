import { gone, notFound, type OutcomeError, type RecordProof } from '@anamnesis/protocol';
import { StorageError, type Transaction } from '../../storage/index.ts';
import { proveLeaves } from '../audit/index.ts';
import type { Scope } from '../consent/scope.ts';
import { type Touched, versionReference } from './access.ts';
import { type OpenedVersion, openContents, openSalts, showContents } from './content.ts';
import type { RecordsContext } from './context.ts';
import { selectCompartment, selectCurrent, selectVersion, type VersionRow } from './rows.ts';
import { type FhirResource, isSeen } from './search/index.ts';

/** What a read found, or the refusal that it ends in once it has been logged. `touched` is empty when there was nothing to touch. */
export type Found<T> = {
  readonly touched: readonly Touched[];
  /** The search as it was understood to be asked, where a cursor stood for it. */
  readonly query?: string;
} & ({ readonly value: T } | { readonly refused: OutcomeError });

/** A record and the proof of its version. */
export interface ProvenRecord {
  readonly resource: FhirResource;
  readonly proof: RecordProof;
}

/** What a compartment holds: its records with proofs, and what can no longer be opened because its row was changed. */
export interface ProvenCompartment {
  readonly proven: readonly ProvenRecord[];
  /** `type/id/_history/version` of each version that was changed behind the node's back. */
  readonly unreadable: readonly { readonly reference: string }[];
}

/** The current version of a record. */
export async function readCurrent(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  id: string,
): Promise<Found<FhirResource>> {
  const row = await selectCurrent(tx, type, id);
  if (row === undefined) return { touched: [], refused: notFound() };
  const touched = [touchedBy(row)];
  if (!(await isSeen(tx, scope, row))) return { touched, refused: notFound() };
  if (row.deleted) return { touched, refused: gone() };
  const [opened] = await showContents(context.keys, tx, [row]);
  return opened === undefined ? { touched, refused: notFound() } : { touched, value: opened.resource };
}

/** One version of a record. */
export async function readVersion(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  id: string,
  version: string,
): Promise<Found<FhirResource>> {
  const row = await findVersion(tx, scope, type, id, version);
  if ('refused' in row) return row;
  const touched = [touchedBy(row)];
  if (row.method === 'DELETE') return { touched, refused: gone() };
  const [opened] = await showContents(context.keys, tx, [row]);
  return opened === undefined ? { touched, refused: notFound() } : { touched, value: opened.resource };
}

/** The proof of one version, of a deletion too. */
export async function readProof(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  id: string,
  version: string,
): Promise<Found<RecordProof>> {
  const row = await findVersion(tx, scope, type, id, version);
  if ('refused' in row) return row;
  const [proof] = await prove(context, tx, [row]);
  return proof === undefined ? { touched: [], refused: notFound() } : { touched: [touchedBy(row)], value: proof };
}

/** Every current record of a compartment with its proof, in the order of the log. */
export async function readProven(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  patient: string,
): Promise<Found<ProvenCompartment>> {
  const rows = await selectCompartment(tx, scope, patient);
  if (rows.length === 0) return { touched: [], refused: notFound() };
  const opened: OpenedVersion<VersionRow>[] = [];
  const unreadable: { reference: string }[] = [];
  // One damaged row must not hide the others, nor go unnamed.
  for (const row of rows) {
    try {
      opened.push(...(await openContents(context.keys, tx, [row])));
      await openSalts(context.keys, tx, [row]);
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'storage-damaged') throw error;
      if (opened.at(-1)?.row === row) opened.pop();
      unreadable.push({ reference: versionReference(row) });
    }
  }
  const proofs = await prove(
    context,
    tx,
    opened.map(({ row }) => row),
  );
  const proven = opened.map(({ resource }, at) => ({ resource, proof: proofs[at] as RecordProof }));
  return { touched: rows.map(touchedBy), value: { proven, unreadable } };
}

async function findVersion(
  tx: Transaction,
  scope: Scope,
  type: string,
  id: string,
  text: string,
): Promise<VersionRow | { readonly touched: readonly Touched[]; readonly refused: OutcomeError }> {
  const isVersion = /^[1-9]\d{0,8}$/.test(text);
  const row = isVersion ? await selectVersion(tx, scope, { type, id, version: Number(text) }) : undefined;
  if (row === undefined) return { touched: [], refused: notFound() };
  return row.visible ? row : { touched: [touchedBy(row)], refused: notFound() };
}

async function prove(context: RecordsContext, tx: Transaction, rows: readonly VersionRow[]): Promise<RecordProof[]> {
  const salts = await openSalts(context.keys, tx, rows);
  const leaves = rows.map((row, at) => ({ index: row.leaf_index, salt: salts[at] as Uint8Array }));
  return proveLeaves(context, tx, 'records', leaves);
}

function touchedBy(row: { patient: string | null; type: string; id: string; version: number }): Touched {
  return { patient: row.patient, entity: versionReference(row) };
}
