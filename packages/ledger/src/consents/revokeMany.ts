import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

/** Up to 256 consents of a subject: those with the indexes `256 * word + i` for each bit `i` of `mask`. */
export interface ConsentIndexes {
  readonly subject: Address;
  readonly word: number;
  readonly mask: bigint;
}

/**
 * Refuses many consents for good. For the subject and its controller. A second time changes nothing.
 *
 * Reverts: Consents_NotController.
 */
export function revokeMany({ consents }: Deployment, { subject, word, mask }: ConsentIndexes): Call {
  const args = [subject, word, mask] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revokeMany', args }) };
}
