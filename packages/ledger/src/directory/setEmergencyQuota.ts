import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * Sets how many emergencies (0 to 255) an organisation may declare. A provider begins with 16, others with none. For the consortium.
 *
 * Reverts: Directory_UnknownOrganization, AccessManagedUnauthorized.
 */
export function setEmergencyQuota(
  { directory }: Deployment,
  { id, quota }: { readonly id: number; readonly quota: number },
): Call {
  const args = [id, quota] as const;
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'setEmergencyQuota', args }) };
}
