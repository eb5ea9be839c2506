import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * Takes back the offer of the caller's organisation to another key; without one, nothing happens. For the operator.
 *
 * Reverts: Directory_NotOperator.
 */
export function withdrawOperatorProposal({ directory }: Deployment): Call {
  return {
    to: directory,
    data: encodeFunctionData({ abi: directoryAbi, functionName: 'withdrawOperatorProposal' }),
  };
}
