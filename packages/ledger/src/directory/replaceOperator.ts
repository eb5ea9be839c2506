import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';
import type { NextOperator } from './proposeOperator.ts';

/**
 * Gives an organisation a new operator key when its own is lost or has expired. For the consortium.
 *
 * Reverts: Directory_UnknownOrganization, Directory_OperatorTaken, Directory_InvalidOperator, Directory_InvalidExpiry,
 * Directory_ExpiryTooFar, AccessManagedUnauthorized.
 */
export function replaceOperator(
  { directory }: Deployment,
  { id, newOperator, operatorUntil }: NextOperator & { readonly id: number },
): Call {
  const args = [id, newOperator, operatorUntil] as const;
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'replaceOperator', args }) };
}
