import type { Address, Hex } from 'viem';

/** A transaction to be: where it goes and what it says. Writing verbs make one; a `LedgerWriter` carries it out. */
export interface Call {
  readonly to: Address;
  readonly data: Hex;
}

/** A call as it is promised to a sender. All of it is JSON. */
export interface Intention extends Call {
  /** Wei that go with it, as decimal digits. */
  readonly value?: string;
  /** The only account that may send it; without, the one that acts. */
  readonly from?: Address;
}

/** An intention in the fields of a transaction. */
export function requestOf({ to, data, value }: Intention): Call & { readonly value?: bigint } {
  return { to, data, ...(value !== undefined && { value: BigInt(value) }) };
}
