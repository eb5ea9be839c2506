import { checkProof, type RecordProof } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** A node proves at most so many record versions in one answer. */
const AT_ONCE = 500;

/**
 * Fetches the proofs of many record versions (`Observation/7/_history/2`), in their order; null for one that the node does not have or does not show, or
 * whose proof is malformed. Verify them with `verifyRelease`. Throws RequestError.
 */
export async function getProofs(
  connection: Connection,
  parameters: { readonly references: readonly string[] },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<(RecordProof | null)[]> {
  const { references } = parameters;
  const proofs: (RecordProof | null)[] = [];
  for (let at = 0; at < references.length; at += AT_ONCE) {
    const body = { references: references.slice(at, at + AT_ONCE) };
    const reply = await connection.request({ method: 'POST', path: `${API_BASE}/proofs/records`, body, ...options });
    const given = (reply.body() as { proofs?: unknown }).proofs;
    for (const index of body.references.keys()) proofs.push(Array.isArray(given) ? readProof(given[index]) : null);
  }
  return proofs;
}

function readProof(value: unknown): RecordProof | null {
  try {
    return checkProof(value);
  } catch {
    return null;
  }
}
