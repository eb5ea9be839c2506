import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';

/**
 * Cancels a call that `caller` scheduled. For the guardian, except its own dismissal, and for the caller itself.
 *
 * Reverts: AccessManagerNotScheduled, AccessManagerUnauthorizedCancel.
 */
export function cancelScheduled(
  { authority }: Deployment,
  { caller, call }: { readonly caller: Address; readonly call: Call },
): Call {
  const args = [caller, call.to, call.data] as const;
  return { to: authority, data: encodeFunctionData({ abi: authorityAbi, functionName: 'cancel', args }) };
}
