import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * Sets the end of the caller's own key, in seconds since 1970: three years from now at the latest. For the operator.
 *
 * Reverts: Directory_NotOperator, Directory_InvalidExpiry, Directory_ExpiryTooFar.
 */
export function renewOperator({ directory }: Deployment, { operatorUntil }: { readonly operatorUntil: number }): Call {
  const args = [operatorUntil] as const;
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'renewOperator', args }) };
}
