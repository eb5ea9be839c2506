import { encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';
import type { GuardianNaming } from './setGuardians.ts';

/**
 * As `setGuardians`, carried by anyone with the controller's signature of `setGuardiansTypedData`. `deadline` in seconds since
 * 1970.
 *
 * Reverts: Subjects_InvalidSignature, Subjects_DeadlinePassed.
 */
export function setGuardiansBySig(
  { subjects }: Deployment,
  naming: GuardianNaming & { readonly deadline: number; readonly signature: Hex },
): Call {
  const args = [naming.subject, naming.commitment, naming.deadline, naming.signature] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'setGuardiansBySig', args }) };
}
