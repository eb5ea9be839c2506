import type { OperatorHandover } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/**
 * Has the node make a new key for its organisation, offer it on the ledger, take over with it and forget the old one, while it runs. `replaces`: address of
 * the key that is to go (`getOperatorHandover`), so that asking twice changes it once. How far it is: `getOperatorHandover`. For the operator.
 *
 * Throws RequestError `unavailable` (code `ledger-unreachable` in its problem) when the ledger is away: then nothing was begun; `conflict` when the key is
 * another one or cannot act; `forbidden`.
 */
export async function handOverOperatorKey(
  connection: Connection,
  { replaces }: { readonly replaces: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<OperatorHandover> {
  const path = `${API_BASE}/keys/operator/hand-over`;
  const reply = await connection.request({ method: 'POST', path, body: { replaces }, ...options });
  return reply.body() as OperatorHandover;
}
