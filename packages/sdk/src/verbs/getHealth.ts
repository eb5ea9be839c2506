import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** How a part of a node is: fine, worth a look, or failing. */
export type Condition = 'ok' | 'warning' | 'failing';

/** How a node is, in all its parts; of `condition` the worst counts. A node of another version may say more. */
export interface NodeHealth {
  readonly condition: Condition;
  /** Seconds since its process began. */
  readonly uptime: number;
  readonly ledger: {
    readonly condition: Condition;
    readonly block: number | null;
    /** Age of its view of the ledger, in milliseconds. */
    readonly ageMs: number | null;
    /** True when releases to others stop, because that view is too old. */
    readonly stale: boolean;
    readonly problem: string | null;
  };
  readonly sealing: {
    readonly condition: Condition;
    readonly rolledBack: boolean;
    readonly problem: string | null;
    readonly outbox: number;
    readonly logs: readonly {
      readonly log: 'records' | 'access';
      readonly size: number;
      readonly waiting: number;
      /** Age of the oldest entry that is not sealed, in milliseconds; null when all are. */
      readonly waitingMs: number | null;
    }[];
  };
  readonly operator: {
    readonly condition: Condition;
    readonly address: string | null;
    /** Wei as decimal text. */
    readonly balance: string | null;
    /** Runway: how many checkpoints the balance pays for; null where posting is free. */
    readonly posts: number | null;
    readonly free: boolean;
  };
  /** `until`: seconds since 1970; null for a key without an end. */
  readonly keys: readonly { readonly name: string; readonly condition: Condition; readonly until: number | null }[];
  readonly peers: readonly {
    readonly id: number;
    readonly name: string | null;
    readonly condition: Condition;
    readonly reachable: boolean;
    readonly verified: boolean;
    readonly active: boolean;
    /** Seconds since 1970. */
    readonly lastCheckpoint: number | null;
  }[];
  readonly database: { readonly condition: Condition; readonly engine: string; readonly latencyMs: number };
  readonly jobs: readonly { readonly name: string; readonly condition: Condition; readonly waiting: number }[];
}

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
