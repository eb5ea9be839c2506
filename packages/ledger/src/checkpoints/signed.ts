import { checkpointTypedData, type Log } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { LogState } from './post.ts';

export { checkpointTypedData };

/** Whose log. */
export interface LogOf {
  readonly organization: number;
  readonly log: Log;
}

/** A checkpoint with the signature of an operator key over `checkpointTypedData`. */
export interface SignedLogState extends LogState {
  readonly signature: Hex;
}

/** As the contract takes it. */
export const signedArgument = ({ root, size, signature }: SignedLogState) => ({ root, size: BigInt(size), signature });
