import type { GuardianSet } from '@anamnesis/protocol';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

/** A set of guardians, opened, and what they signed. */
export interface GuardianAct {
  readonly subject: Address;
  /** As `guardianSet` of the protocol orders it. */
  readonly set: GuardianSet;
  /** One per guardian of the set, in its order; `0x` for those who did not sign. */
  readonly signatures: readonly Hex[];
}

/**
 * Starts a recovery with the guardians' signatures of `recoverTypedData`; it can be executed after the set's delay. Carried by
 * anyone. `deadline` in seconds since 1970, at most 30 days ahead. Shows the set to whoever reads the ledger.
 *
 * Reverts: Guardians_WrongSet, Guardians_InvalidSet, Guardians_NotAscending, Guardians_WrongSignatureCount,
 * Guardians_InvalidSignature, Guardians_TooFewSignatures, Guardians_RecoveryPending, Subjects_DeadlinePassed,
 * Guardians_DeadlineTooFar, Subjects_InvalidController.
 */
export function startRecovery(
  { subjects }: Deployment,
  recovery: GuardianAct & { readonly newController: Address; readonly deadline: number },
): Call {
  const { subject, newController, deadline, set, signatures } = recovery;
  const args = [subject, newController, deadline, set, signatures] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'startRecovery', args }) };
}
