import type { Condition, NodeHealth } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

export type { Condition, NodeHealth };

/** How the node is, for its operator. Throws RequestError `forbidden`. */
export async function getHealth(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<NodeHealth> {
  return (await connection.request({ path: `${API_BASE}/health`, ...options })).body() as NodeHealth;
}

/** Tries now what waits for its next attempt. Throws RequestError `forbidden`. */
export async function retryJobs(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await connection.request({ method: 'POST', path: `${API_BASE}/health/retry`, body: {}, ...options });
}
