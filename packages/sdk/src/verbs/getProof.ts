import { checkProof, type RecordProof } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** Which proof: of a version of a record, or of an entry of the access log by its place in it. */
export type ProofOf =
  | { readonly type: string; readonly id: string; readonly version: string }
  | { readonly accessEntry: number };

/**
 * Fetches the proof that a record version or an access entry is in the node's log. Verify it with `verifyRelease` or
 * `verifyRecordProof`. Throws RequestError `not-found`, `consent-refused`, or `proof-malformed`.
 */
export async function getProof(
  connection: Connection,
  of: ProofOf,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<RecordProof> {
  const place =
    'accessEntry' in of
      ? `access/${of.accessEntry}`
      : `records/${[of.type, of.id, of.version].map(encodeURIComponent).join('/')}`;
  const reply = await connection.request({ path: `${API_BASE}/proofs/${place}`, ...options });
  return checkProof(reply.body());
}
