import { encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';
import type { ConsentIndexes } from './revokeMany.ts';

/**
 * As `revokeMany`, carried by anyone with the signature of `revokeManyTypedData` by the subject or its controller.
 *
 * Reverts: Consents_InvalidRevocations.
 */
export function revokeManyBySig(
  { consents }: Deployment,
  { subject, word, mask, signature }: ConsentIndexes & { readonly signature: Hex },
): Call {
  const args = [subject, word, mask, signature] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revokeManyBySig', args }) };
}
