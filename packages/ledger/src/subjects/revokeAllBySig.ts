import { type Address, encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

export interface SignedFullRevocation {
  readonly subject: Address;
  /** Seconds since 1970. */
  readonly deadline: number;
  /** The controller's, of `revokeAllTypedData`. */
  readonly signature: Hex;
}

/**
 * As `revokeAll`, carried by anyone with the controller's signature.
 *
 * Reverts: Subjects_InvalidSignature, Subjects_DeadlinePassed.
 */
export function revokeAllBySig({ subjects }: Deployment, { subject, deadline, signature }: SignedFullRevocation): Call {
  const args = [subject, deadline, signature] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'revokeAllBySig', args }) };
}
