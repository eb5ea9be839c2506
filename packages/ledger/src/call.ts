import type { Address, Hex } from 'viem';

/** A transaction to be: where it goes and what it says. Writing verbs make one; a `LedgerWriter` carries it out. */
export interface Call {
  readonly to: Address;
  readonly data: Hex;
}
