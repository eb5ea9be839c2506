import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/**
 * Has the node renew the term of the key with which it seals, for three years. It takes effect when the ledger has it (`getHealth`: `keys`); asked twice within
 * an hour it is one renewal. `until`: seconds since 1970. For the operator. Throws RequestError `forbidden`.
 */
export async function renewOperatorKey(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly until: number }> {
  const path = `${API_BASE}/keys/operator/renew`;
  const reply = await connection.request({ method: 'POST', path, body: {}, ...options });
  return reply.body() as { until: number };
}
