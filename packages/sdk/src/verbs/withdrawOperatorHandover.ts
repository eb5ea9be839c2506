import type { OperatorHandover } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/**
 * Takes back the hand-over of a node's operator key, until the new key sets out to take over; without one, nothing happens. The node forgets the new key when
 * the ledger has it. For the operator. Throws RequestError `conflict` when it is too late, `forbidden`.
 */
export async function withdrawOperatorHandover(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<OperatorHandover> {
  const path = `${API_BASE}/keys/operator/hand-over`;
  const reply = await connection.request({ method: 'DELETE', path, ...options });
  return reply.body() as OperatorHandover;
}
