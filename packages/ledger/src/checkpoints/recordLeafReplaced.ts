import { streamOf } from '@anamnesis/protocol';
import { encodeFunctionData, type Hash } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { checkpointsAbi } from '../generated/index.ts';
import { type LogOf, type SignedLogState, signedArgument } from './signed.ts';

/** A signed checkpoint, and what its log holds at the index: hash of the leaf, sibling hashes from the leaf upwards. */
export interface SignedLeaf extends SignedLogState {
  readonly leafHash: Hash;
  readonly proof: readonly Hash[];
}

export interface LeafReplaced extends LogOf {
  readonly index: number;
  readonly one: SignedLeaf;
  readonly other: SignedLeaf;
}

/**
 * Puts on record for ever that an operator signed two sizes of a log which hold different leaves at one index. For anyone.
 *
 * Reverts: Checkpoints_NoContradiction, Checkpoints_SameLeaf, Checkpoints_InvalidProof, Checkpoints_NotSignedByOperator,
 * Checkpoints_AlreadyRecorded.
 */
export function recordLeafReplaced(
  { checkpoints }: Deployment,
  { organization, log, index, one, other }: LeafReplaced,
): Call {
  const side = (leaf: SignedLeaf) => [signedArgument(leaf), { hash: leaf.leafHash, proof: leaf.proof }] as const;
  const args = [organization, streamOf(log), BigInt(index), ...side(one), ...side(other)] as const;
  const data = encodeFunctionData({ abi: checkpointsAbi, functionName: 'recordLeafReplaced', args });
  return { to: checkpoints, data };
}
