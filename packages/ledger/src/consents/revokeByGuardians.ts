import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';
import type { GuardianAct } from '../subjects/startRecovery.ts';

/**
 * As `revoke`, carried by anyone with the guardians' signatures of `revokeTypedData`. Shows the set to whoever reads the ledger.
 *
 * Reverts: Guardians_WrongSet, Guardians_InvalidSet, Guardians_NotAscending, Guardians_WrongSignatureCount,
 * Guardians_InvalidSignature, Guardians_TooFewSignatures.
 */
export function revokeByGuardians(
  { consents }: Deployment,
  { subject, index, set, signatures }: GuardianAct & { readonly index: number },
): Call {
  const args = [subject, index, set, signatures] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revokeByGuardians', args }) };
}
