/** How a part of a node is: fine, worth a look, or failing. */
export type Condition = 'ok' | 'warning' | 'failing';

/** How a node is, in all its parts; of `condition` the worst counts. Nothing in it is about a patient. A node of another version may say more. */
export interface NodeHealth {
  readonly condition: Condition;
  /** Seconds since its process began. */
  readonly uptime: number;
  readonly ledger: {
    readonly condition: Condition;
    readonly block: number | null;
    /** Age of its view of the ledger, in milliseconds; null until the ledger answered. */
    readonly ageMs: number | null;
    /** True when releases to others stop, because that view is too old. */
    readonly stale: boolean;
    readonly problem: string | null;
  };
  readonly sealing: {
    readonly condition: Condition;
    readonly rolledBack: boolean;
    readonly problem: string | null;
    /** Transactions that are signed and not settled. */
    readonly outbox: number;
    readonly logs: readonly {
      readonly log: 'records' | 'access';
      readonly size: number;
      readonly waiting: number;
      /** Age of the oldest entry that no checkpoint on the ledger covers, in milliseconds; null when all are sealed. */
      readonly waitingMs: number | null;
    }[];
  };
  readonly operator: {
    readonly condition: Condition;
    readonly address: string | null;
    /** Wei, as decimal text; null when the ledger does not say. */
    readonly balance: string | null;
    /** Runway: how many checkpoints the balance pays for at today's price; null where posting is free or nobody knows. */
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
    /** Whether its profile is the one that the Directory pins. */
    readonly verified: boolean;
    readonly active: boolean;
    /** Of its log of records: seconds since 1970; null when it never posted. */
    readonly lastCheckpoint: number | null;
  }[];
  readonly database: { readonly condition: Condition; readonly engine: string; readonly latencyMs: number };
  readonly jobs: readonly { readonly name: string; readonly condition: Condition; readonly waiting: number }[];
}
