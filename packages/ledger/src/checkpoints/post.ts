import { type Log, streamOf } from '@anamnesis/protocol';
import { encodeFunctionData, type Hash } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { checkpointsAbi } from '../generated/index.ts';

/** Size and root of an organisation's log. */
export interface LogState {
  readonly root: Hash;
  readonly size: number;
}

/**
 * Posts the next checkpoint of one of the caller's logs. For the operator. Sizes only grow, so a post that arrives twice is
 * refused the second time.
 *
 * Reverts: Checkpoints_NotOperator, Checkpoints_NotGrowing, Checkpoints_TooLarge.
 */
export function post({ checkpoints }: Deployment, { log, root, size }: LogState & { readonly log: Log }): Call {
  const args = [streamOf(log), { root, size: BigInt(size) }] as const;
  return { to: checkpoints, data: encodeFunctionData({ abi: checkpointsAbi, functionName: 'post', args }) };
}
