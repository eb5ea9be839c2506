import { AnamnesisError, canonicalize } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import { openContents } from './content.ts';
import type { RecordsContext } from './context.ts';
import { stampVersion } from './resource.ts';
import type { CurrentRow } from './rows.ts';
import type { FhirResource } from './search/index.ts';

/**
 * The stored resources of records, by `row_id`. One that cannot be opened (its key erased, its row changed in the database) is left out:
 * nothing is the same as it, so that an update replaces it.
 */
export async function currentOf(
  context: RecordsContext,
  tx: Transaction,
  rows: readonly CurrentRow[],
): Promise<Map<number, FhirResource>> {
  const found = new Map<number, FhirResource>();
  // All keys at once; opened one by one, so that one that cannot be opened hides no other.
  await context.keys.presentOf(
    tx,
    rows.map((row) => row.key_id),
  );
  for (const row of rows) {
    try {
      const [opened] = await openContents(context.keys, tx, [row]);
      if (opened !== undefined) found.set(row.row_id, opened.resource);
    } catch (error) {
      if (!(error instanceof AnamnesisError)) throw error;
    }
  }
  return found;
}

/**
 * Whether an update would store again what is stored, to the digit; versionId and lastUpdated are the server's. Then no version is made
 * (https://hl7.org/fhir/R4/http.html#update lets a server decide): bringing the same data a second time leaves no trace but the access.
 */
export function isUnchanged(resource: FhirResource, current: FhirResource): boolean {
  const { versionId, lastUpdated } = current.meta as { versionId: string; lastUpdated: string };
  const again = stampVersion(resource, current.id as string, Number(versionId), Date.parse(lastUpdated));
  return canonicalize(again) === canonicalize(current);
}
