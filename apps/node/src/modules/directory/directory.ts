import { CONTRADICTIONS, createFollower, type Follower, type LedgerReader, type LedgerView } from '@anamnesis/ledger';
import type { Database } from '../../storage/types.ts';
import { sqlFollowerStore } from './follower-store.ts';
import { DEFAULT_LIMITS, type PeerLimits } from './http.ts';
import { findPeer, type Peer, peerFinder } from './peers.ts';

/** Who the others are and what the ledger says, kept up to date. Queries about the ledger itself go to the database. */
export interface Directory {
  /** Whether the view of the ledger is too old to release anything on it. */
  isStale(): boolean;
  /** How far the ledger was followed, and when; null until it answered once in this run. */
  readonly view: LedgerView | null;
  /** Why the ledger cannot be followed at present, in words; null when it can. */
  readonly problem: string | null;
  /** The logs of organisations that were shown to contradict themselves: whoever relies on them should look. */
  accused(): Accusation[];
  /** Looks at the ledger now. Resolves when everything up to its newest block is in the database. */
  sync(): Promise<LedgerView>;
  /** Another organisation and its pinned profile. Throws DirectoryError. */
  peer(id: number): Promise<Peer>;
  stop(): Promise<void>;
}

/** A log that contradicts itself, as anyone can prove by the ledger. */
export interface Accusation {
  readonly organization: number;
  readonly stream: number;
  readonly contradiction: (typeof CONTRADICTIONS)[number];
  /** Seconds since 1970 at which it was put on record. */
  readonly time: number;
}

export interface DirectoryOptions {
  readonly database: Database;
  readonly reader: LedgerReader;
  /** Nothing is released on a view of the ledger older than this, in milliseconds. */
  readonly maxLedgerAgeMs: number;
  readonly limits?: PeerLimits;
  readonly clock?: () => number;
  /** Milliseconds between looks; default that of the chain policy. 0: only by `sync`. */
  readonly pollMs?: number;
  /** Called after events were taken in, such as a checkpoint of our own. */
  readonly onChange?: () => void | Promise<void>;
}

/** Starts following the ledger from where the database got to. Works while the ledger is down: then it is stale. */
export async function openDirectory(options: DirectoryOptions): Promise<Directory> {
  const { database, reader, maxLedgerAgeMs, limits = DEFAULT_LIMITS, clock = Date.now } = options;
  const follower: Follower = await createFollower({
    reader,
    store: sqlFollowerStore(database),
    ...(options.pollMs !== undefined && { pollMs: options.pollMs }),
    ...(options.onChange && { onEvents: options.onChange, onRewind: options.onChange }),
  });
  return {
    isStale: () => follower.isStale(maxLedgerAgeMs),
    get view() {
      return follower.view;
    },
    get problem() {
      return follower.problem?.message ?? null;
    },
    accused: () =>
      follower.equivocations().map((found) => ({
        ...found,
        contradiction: CONTRADICTIONS[found.contradiction] ?? 'none',
      })),
    sync: () => follower.sync(),
    peer: peerFinder((id) => findPeer(database, limits, clock(), id), clock),
    stop: () => follower.stop(),
  };
}
