import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

/**
 * Voids all consents that a subject has given so far. For the controller.
 *
 * Reverts: Subjects_NotController.
 */
export function revokeAll({ subjects }: Deployment, { subject }: { readonly subject: Address }): Call {
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'revokeAll', args: [subject] }) };
}
