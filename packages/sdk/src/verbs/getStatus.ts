import type { Deployment } from '@anamnesis/ledger/portable';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** What a node says about itself; a node of another version may say less or more. None of it is proven. */
export interface NodeStatus {
  /** Directory id of the node's organisation. */
  readonly organization: number;
  readonly name?: string;
  readonly version?: string;
  /** The contracts that the node works with. */
  readonly deployment?: Deployment;
  readonly [key: string]: unknown;
}

/** Asks a node how it is (`GET /api/v1/status`, public). Throws RequestError `network` when it does not answer. */
export async function getStatus(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<NodeStatus> {
  const reply = await connection.request({ path: `${API_BASE}/status`, authenticated: false, ...options });
  return reply.body() as NodeStatus;
}
