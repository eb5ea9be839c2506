import type { Log, PostedCheckpoint } from '@anamnesis/protocol';
import type { Address } from 'viem';
import type { ContentKeys, Queryable } from '../../storage/index.ts';

/** What keeping a log needs besides a transaction: the same for every request of a node. */
export interface LogContext {
  readonly keys: ContentKeys;
  /** Whose logs these are. It is part of every commitment. */
  readonly ledger: {
    readonly chainId: number;
    /** Address of the Checkpoints contract. */
    readonly checkpoints: Address;
    /** Directory id of the node's organisation. */
    readonly organization: number;
  };
  /** Absolute base of the FHIR API; absent where there is none. */
  readonly base?: string;
  /** The smallest checkpoint on the ledger that covers a leaf, or null while there is none. */
  readonly covering: (q: Queryable, log: Log, index: number) => Promise<PostedCheckpoint | null>;
}
