import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * Lets a suspended organisation act again. For the consortium.
 *
 * Reverts: Directory_UnknownOrganization, Directory_WrongStatus, AccessManagedUnauthorized.
 */
export function reinstate({ directory }: Deployment, { id }: { readonly id: number }): Call {
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'reinstate', args: [id] }) };
}
