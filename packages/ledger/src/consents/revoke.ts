import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

/** One consent of a subject, by its revocation bit. */
export interface ConsentIndex {
  readonly subject: Address;
  readonly index: number;
}

/**
 * Refuses one consent for good. For the subject and its controller. A second time changes nothing.
 *
 * Reverts: Consents_NotController.
 */
export function revoke({ consents }: Deployment, { subject, index }: ConsentIndex): Call {
  const args = [subject, index] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revoke', args }) };
}
