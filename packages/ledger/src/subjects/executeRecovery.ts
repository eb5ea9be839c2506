import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

/**
 * Hands a subject to the new controller of a recovery whose delay is over, and voids all consents. For anyone.
 *
 * Reverts: Guardians_NoRecovery, Guardians_NotReady.
 */
export function executeRecovery({ subjects }: Deployment, { subject }: { readonly subject: Address }): Call {
  const args = [subject] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'executeRecovery', args }) };
}
