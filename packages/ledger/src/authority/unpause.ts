import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';
import type { ContractName } from '../setup.ts';

/**
 * Ends a pause now. For the council, at once.
 *
 * Reverts: Authority_NotPaused, AccessManagerUnauthorizedAccount.
 */
export function unpause(deployment: Deployment, { target }: { readonly target: ContractName }): Call {
  const args = [deployment[target]] as const;
  return {
    to: deployment.authority,
    data: encodeFunctionData({ abi: authorityAbi, functionName: 'unpause', args }),
  };
}
