import { AnamnesisError, HASH_LENGTH, type Log, type PostedCheckpoint } from '@anamnesis/protocol';
import { type Hex, hexToBytes, isHex } from 'viem';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** Where a node says that one of its logs stands; `checkpoint` is the last one that it posted to the ledger. */
export interface LogState {
  readonly size: number;
  readonly root: Hex;
  readonly checkpoint: PostedCheckpoint | null;
}

/** Asks for the present state of a log (public). The node's word alone: `verifyNode` checks it. */
export async function getLog(
  connection: Connection,
  log: Log,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<LogState> {
  const reply = await connection.request({ path: `${API_BASE}/logs/${log}`, authenticated: false, ...options });
  const state = reply.body() as LogState;
  if (!Number.isSafeInteger(state.size) || state.size < 0 || !isHex(state.root)) {
    throw new AnamnesisError('malformed-answer', `the state of the ${log} log is malformed`);
  }
  return state;
}

/**
 * The leaf hashes of a log from `start` up to, not including, `end`, page after page, so that a log of any length fits.
 * Ends early when the node has no more. Throws `malformed-answer` for anything that is not a list of hashes.
 */
export async function* getLeaves(
  connection: Connection,
  log: Log,
  range: { start: number; end: number; page?: number },
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array[]> {
  const page = range.page ?? 4096;
  let start = range.start;
  while (start < range.end) {
    const query = { start, end: Math.min(range.end, start + page) };
    const reply = await connection.request({
      path: `${API_BASE}/logs/${log}/leaves`,
      query,
      authenticated: false,
      ...options,
    });
    const { leaves } = reply.body() as { leaves?: unknown };
    if (!Array.isArray(leaves) || leaves.length > query.end - start) throw malformed(log);
    if (leaves.length === 0) return;
    yield leaves.map((leaf) => {
      const bytes = isHex(leaf) ? hexToBytes(leaf) : new Uint8Array(0);
      if (bytes.length !== HASH_LENGTH) throw malformed(log);
      return bytes;
    });
    start += leaves.length;
  }
}

function malformed(log: Log): AnamnesisError {
  return new AnamnesisError('malformed-answer', `the leaves of the ${log} log are malformed`);
}
