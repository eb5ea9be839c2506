import { type Log, streamOf } from '@anamnesis/protocol';
import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { checkpointsAbi } from '../generated/index.ts';
import type { LogState } from './post.ts';

/**
 * Posts the next checkpoints of several of the caller's logs, all or none. For the operator.
 *
 * Reverts: Checkpoints_NotOperator, Checkpoints_NothingToPost, Checkpoints_NotGrowing, Checkpoints_TooLarge.
 */
export function postMany({ checkpoints }: Deployment, next: readonly (LogState & { readonly log: Log })[]): Call {
  const args = [next.map(({ log, root, size }) => ({ stream: streamOf(log), root, size: BigInt(size) }))] as const;
  return { to: checkpoints, data: encodeFunctionData({ abi: checkpointsAbi, functionName: 'postMany', args }) };
}
