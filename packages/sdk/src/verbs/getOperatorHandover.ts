import type { HandoverStep, OperatorHandover } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

export type { HandoverStep, OperatorHandover };

/** The key with which a node acts on the ledger, and how far its hand-over to a new one is. For the operator. Throws RequestError `forbidden`. */
export async function getOperatorHandover(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<OperatorHandover> {
  const reply = await connection.request({ path: `${API_BASE}/keys/operator/hand-over`, ...options });
  return reply.body() as OperatorHandover;
}
