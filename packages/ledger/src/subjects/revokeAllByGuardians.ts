import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';
import type { GuardianAct } from './startRecovery.ts';

/**
 * Voids all consents of a subject at once, with the guardians' signatures of `guardiansRevokeAllTypedData`. Carried by anyone.
 * `deadline` in seconds since 1970. Shows the set to whoever reads the ledger.
 *
 * Reverts: Guardians_WrongSet, Guardians_InvalidSet, Guardians_NotAscending, Guardians_WrongSignatureCount,
 * Guardians_InvalidSignature, Guardians_TooFewSignatures, Subjects_DeadlinePassed.
 */
export function revokeAllByGuardians(
  { subjects }: Deployment,
  { subject, deadline, set, signatures }: GuardianAct & { readonly deadline: number },
): Call {
  const args = [subject, deadline, set, signatures] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'revokeAllByGuardians', args }) };
}
