import type { Hash, Hex } from 'viem';
import type { Intention } from '../call.ts';
import type { Settlement } from '../client.ts';

/** A signed transaction that carries out an entry. Of the attempts of one entry, all with one nonce, at most one is mined. */
export interface Attempt {
  readonly nonce: number;
  readonly hash: Hash;
  readonly raw: Hex;
  /** Offered per unit of gas, in wei, as decimal digits. */
  readonly max: string;
  readonly tip: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

/** One intention: waits (no attempt), is under way (attempts), or is over (settlement). All of it is JSON. */
export interface OutboxEntry {
  /** Chosen by whoever intends; the same id is the same intention. */
  readonly id: string;
  readonly call: Intention;
  readonly attempts: readonly Attempt[];
  readonly settlement: Settlement | null;
}

/**
 * Where a sender keeps what it has promised. A node implements it in its database and may insert an entry in the very
 * transaction that gives rise to it (then it calls `sender.wake()`); every method is durable when it resolves.
 */
export interface OutboxStore {
  /** Adds an intention; resolves to false, changing nothing, when the id is already there. */
  insert(id: string, call: Intention): Promise<boolean>;
  find(id: string): Promise<OutboxEntry | null>;
  /** In the order of insertion: all unsettled entries with attempts or of a named account, and the oldest `waiting` of the others. */
  pending(waiting: number): Promise<OutboxEntry[]>;
  /** Adds an attempt. Only after this is it sent. */
  attempt(id: string, attempt: Attempt): Promise<void>;
  /** Takes back all attempts: their nonce was used up by something else, so none of them can be mined any more. */
  withdraw(id: string): Promise<void>;
  settle(id: string, settlement: Settlement): Promise<void>;
}
