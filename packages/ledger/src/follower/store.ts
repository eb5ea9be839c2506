import type { Hash } from 'viem';
import type { LedgerEvent } from './events.ts';

/** A block that was looked at. */
export interface BlockPlace {
  readonly block: number;
  readonly hash: Hash;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/**
 * Where a follower keeps what it has seen: the events, and the newest blocks that it has looked at (at least 256 of them), by
 * which it notices a reorganisation. Every method is durable, and done wholly or not at all, when it resolves.
 */
export interface FollowerStore {
  /**
   * The blocks, oldest first; the last one is how far it got. `scope` names chain, contracts and what is taken from them: what was kept for another
   * scope is forgotten first.
   */
  load(scope: string): Promise<readonly BlockPlace[]>;
  /** All events, in ledger order. */
  events(): AsyncIterable<LedgerEvent>;
  /** Adds the events up to and including `end`, and `end`. */
  append(end: BlockPlace, events: readonly LedgerEvent[]): Promise<void>;
  /** Forgets everything after this block number; -1 forgets all. */
  rewind(block: number): Promise<void>;
}

/** Keeps everything in memory: for tests, and for one run of a verification. A node has a database. */
export function memoryFollowerStore(): FollowerStore {
  let known: string | undefined;
  let blocks: BlockPlace[] = [];
  let kept: LedgerEvent[] = [];
  return {
    async load(scope) {
      if (scope !== known) {
        blocks = [];
        kept = [];
      }
      known = scope;
      return [...blocks];
    },
    async *events() {
      yield* [...kept];
    },
    async append(end, events) {
      blocks = [...blocks.slice(-511), end];
      kept.push(...events);
    },
    async rewind(block) {
      blocks = blocks.filter((place) => place.block <= block);
      kept = kept.filter((event) => event.block <= block);
    },
  };
}
