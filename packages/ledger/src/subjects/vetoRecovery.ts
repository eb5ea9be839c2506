import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

/**
 * Ends a recovery that waits. For the controller.
 *
 * Reverts: Subjects_NotController, Guardians_NoRecovery.
 */
export function vetoRecovery({ subjects }: Deployment, { subject }: { readonly subject: Address }): Call {
  return {
    to: subjects,
    data: encodeFunctionData({ abi: subjectsAbi, functionName: 'vetoRecovery', args: [subject] }),
  };
}
