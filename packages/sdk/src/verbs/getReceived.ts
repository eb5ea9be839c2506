import type { Address } from 'viem';
import type { Connection } from '../client/connection.ts';
import type { Bundle } from '../fhir/types.ts';
import { API_BASE } from './base.ts';

/**
 * What a node received from another organisation about a subject. Each record says in `meta.tag` whether it verified.
 * Throws RequestError `not-found`, `consent-refused` (the consent under which it came has ended).
 */
export async function getReceived(
  connection: Connection,
  parameters: { custodian: number; subject: Address },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Bundle> {
  const { custodian, subject } = parameters;
  const reply = await connection.request({ path: `${API_BASE}/received`, query: { custodian, subject }, ...options });
  return reply.body() as Bundle;
}
