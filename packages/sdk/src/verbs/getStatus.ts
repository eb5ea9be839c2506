import type { Address } from 'viem';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** What a node says about itself. A node of another version may say less, so everything but the organisation can be absent. */
export interface NodeStatus {
  readonly organization: number;
  readonly name?: string;
  readonly version?: string;
  readonly chainId?: number;
  readonly contracts?: {
    readonly directory: Address;
    readonly subjects: Address;
    readonly consents: Address;
    readonly checkpoints: Address;
  };
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
