import type { Address } from 'viem';
import type { Connection } from '../client/connection.ts';
import type { Bundle } from '../fhir/types.ts';
import { API_BASE } from './base.ts';

/**
 * What a node received from another organisation about a subject. Each record says in `meta.tag` whether it verified. `purpose`: what it is read for (PurposeOfUse),
 * default TREAT; the consent has to cover it.
 * Throws RequestError `not-found`, `consent-refused` (the consent under which it came has ended).
 */
export async function getReceived(
  connection: Connection,
  parameters: { custodian: number; subject: Address; purpose?: string | undefined },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Bundle> {
  const { custodian, subject, purpose } = parameters;
  const headers = purpose === undefined ? {} : { 'x-purpose-of-use': purpose };
  const query = { custodian, subject };
  const reply = await connection.request({ path: `${API_BASE}/received`, query, headers, ...options });
  return reply.body() as Bundle;
}
