import type { Log } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';
import type { RollbackDecision } from './decideRollback.ts';

/** Broken promises of logs that a node found when it looked at others, and what operators here decided. */
export interface LogFindings {
  readonly findings: readonly {
    readonly organization: number;
    readonly log: Log;
    /** A stable word: `fork`, … */
    readonly kind: string;
    readonly size: number;
    readonly detail: string;
    /** Milliseconds since 1970; `goneAt` null while it stands. */
    readonly foundAt: number;
    readonly goneAt: number | null;
    /** Signed checkpoints that show it, as notes. */
    readonly evidence: readonly string[];
  }[];
  readonly decisions: readonly RollbackDecision[];
}

/** What a node found wrong with logs (public), newest first. Its word: the evidence is for whoever reads it to check. Throws RequestError. */
export async function getLogFindings(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<LogFindings> {
  const reply = await connection.request({ path: `${API_BASE}/log-findings`, authenticated: false, ...options });
  return reply.body() as LogFindings;
}
