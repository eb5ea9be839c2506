import { streamOf } from '@anamnesis/protocol';
import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { checkpointsAbi } from '../generated/index.ts';
import { type LogOf, type SignedLogState, signedArgument } from './signed.ts';

export interface TwoRoots extends LogOf {
  readonly one: SignedLogState;
  readonly other: SignedLogState;
}

/**
 * Puts on record for ever that an operator signed two roots for one size of a log. For anyone.
 *
 * Reverts: Checkpoints_NoContradiction, Checkpoints_NotSignedByOperator, Checkpoints_AlreadyRecorded.
 */
export function recordTwoRoots({ checkpoints }: Deployment, { organization, log, one, other }: TwoRoots): Call {
  const args = [organization, streamOf(log), signedArgument(one), signedArgument(other)] as const;
  return { to: checkpoints, data: encodeFunctionData({ abi: checkpointsAbi, functionName: 'recordTwoRoots', args }) };
}
