import type { Log } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** A log of a node that is not the one that was sealed. `witness`: whose memory it is measured by; null: the ledger's. */
export interface NodeRollback {
  readonly log: Log;
  readonly posted: { readonly size: number; readonly root: Hex };
  readonly witness: number | null;
  readonly found: { readonly size: number; readonly root: Hex | null };
}

/** What an operator decided, as the node keeps and shows it for good. */
export interface RollbackDecision {
  readonly log: Log;
  readonly kept: number;
  readonly posted: number;
  readonly postedRoot: Hex;
  readonly decidedBy: string;
  readonly reason: string;
  readonly decidedAt: number;
}

/**
 * An operator lets a node go on whose log was rolled back, without what is missing. Restoring the right backup needs no decision. Everybody will see the
 * contradiction: the ledger keeps what was sealed. Resolves with what is wrong besides, one log at a time.
 *
 * Errors: `conflict` when nothing is wrong or `postedRoot` is not what the log falls short of; `forbidden`, `unauthorized`.
 */
export async function decideRollback(
  connection: Connection,
  decision: { readonly postedRoot: string; readonly reason: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly made: RollbackDecision; readonly rolledBack: NodeRollback | null }> {
  const reply = await connection.request({
    method: 'POST',
    path: `${API_BASE}/rollback-decisions`,
    body: decision,
    ...options,
  });
  return reply.body() as { made: RollbackDecision; rolledBack: NodeRollback | null };
}
