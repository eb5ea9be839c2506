import { badRequest, type RecordProof } from '@anamnesis/protocol';
import { appendAccess, proveLeaves } from '../audit/index.ts';
import type { Authority } from '../consent/index.ts';
import { accessEntries, requireAction, versionReference } from '../records/access.ts';
import { openSalts } from '../records/content.ts';
import type { RecordsContext } from '../records/index.ts';
import { selectVersion, type VersionRow } from '../records/rows.ts';
import { scopeFor } from '../records/scope-for.ts';

/** How many proofs are given at once. */
export const MAX_PROOFS = 500;
const REFERENCE = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})\/_history\/([1-9]\d{0,8})$/;

/**
 * Proofs for many record versions (`Observation/7/_history/2`) at once, in their order: what a peer asks for after a page of a search.
 * Null for a version that is not there or outside the authority's scope; the two cannot be told apart. One entry in the access log.
 *
 * Errors: 400 for what is not a version-specific reference or for too many of them; 403.
 */
export async function proveRecords(
  context: RecordsContext,
  authority: Authority,
  references: unknown,
): Promise<(RecordProof | null)[]> {
  requireAction(authority, 'read');
  const wanted = readReferences(references);
  return context.database.transaction(async (tx) => {
    const rows = new Map<string, VersionRow>();
    for (const version of wanted) {
      const row = await selectVersion(tx, scopeFor(authority.scope, 'r', version.type), version);
      if (row?.visible) rows.set(versionReference(version), row);
    }
    const found = [...rows.values()];
    const salts = await openSalts(context.keys, tx, found);
    const leaves = found.map((row, at) => ({ index: row.leaf_index, salt: salts[at] as Uint8Array }));
    const proofs = await proveLeaves(context, tx, 'records', leaves);
    const byReference = new Map([...rows.keys()].map((reference, at) => [reference, proofs[at] as RecordProof]));
    const touched = found.map((row) => ({ patient: row.patient, entity: versionReference(row) }));
    if (touched.length > 0) {
      const at = context.now?.() ?? Date.now();
      await appendAccess(context, tx, accessEntries(authority, { at, action: 'release' }, touched));
    }
    return wanted.map((version) => byReference.get(versionReference(version)) ?? null);
  });
}

function readReferences(value: unknown): { type: string; id: string; version: number }[] {
  if (!Array.isArray(value) || value.length > MAX_PROOFS)
    throw badRequest(`At most ${MAX_PROOFS} references are proved at once`);
  return value.map((reference: unknown) => {
    const match = typeof reference === 'string' ? REFERENCE.exec(reference) : null;
    if (match === null) throw badRequest('A reference to prove is of the form Type/id/_history/version');
    const [, type = '', id = '', version] = match;
    return { type, id, version: Number(version) };
  });
}
