import { type Address, encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

export interface SignedVeto {
  readonly subject: Address;
  /** Seconds since 1970. */
  readonly deadline: number;
  /** The controller's, of `vetoRecoveryTypedData`. */
  readonly signature: Hex;
}

/**
 * As `vetoRecovery`, carried by anyone with the controller's signature.
 *
 * Reverts: Subjects_InvalidSignature, Subjects_DeadlinePassed, Guardians_NoRecovery.
 */
export function vetoRecoveryBySig({ subjects }: Deployment, { subject, deadline, signature }: SignedVeto): Call {
  const args = [subject, deadline, signature] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'vetoRecoveryBySig', args }) };
}
