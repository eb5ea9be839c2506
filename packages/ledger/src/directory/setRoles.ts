import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * Replaces the roles of an organisation (mask, see `ROLES` of the protocol). For the consortium.
 *
 * Reverts: Directory_UnknownOrganization, AccessManagedUnauthorized.
 */
export function setRoles(
  { directory }: Deployment,
  { id, roles }: { readonly id: number; readonly roles: number },
): Call {
  return {
    to: directory,
    data: encodeFunctionData({ abi: directoryAbi, functionName: 'setRoles', args: [id, roles] }),
  };
}
