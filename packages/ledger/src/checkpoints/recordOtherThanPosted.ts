import { streamOf } from '@anamnesis/protocol';
import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { checkpointsAbi } from '../generated/index.ts';
import { type LogOf, type SignedLogState, signedArgument } from './signed.ts';

/**
 * Puts on record for ever that an operator signed another root than the one that was posted last, with the same size. For anyone.
 *
 * Reverts: Checkpoints_NoContradiction, Checkpoints_NotSignedByOperator, Checkpoints_AlreadyRecorded.
 */
export function recordOtherThanPosted(
  { checkpoints }: Deployment,
  { organization, log, signed }: LogOf & { readonly signed: SignedLogState },
): Call {
  const args = [organization, streamOf(log), signedArgument(signed)] as const;
  const data = encodeFunctionData({ abi: checkpointsAbi, functionName: 'recordOtherThanPosted', args });
  return { to: checkpoints, data };
}
