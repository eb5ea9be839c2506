import { type Address, encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

export interface GuardianNaming {
  readonly subject: Address;
  /** `guardianCommitment` of the protocol; 32 zero bytes for no guardians. */
  readonly commitment: Hex;
}

/**
 * Names a subject's guardians by commitment. The first set holds at once; a change takes effect 7 days later, and until then
 * the old set holds. Ends a recovery that waits. For the controller.
 *
 * Reverts: Subjects_NotController.
 */
export function setGuardians({ subjects }: Deployment, { subject, commitment }: GuardianNaming): Call {
  const args = [subject, commitment] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'setGuardians', args }) };
}
