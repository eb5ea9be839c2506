import { encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';
import type { ConsentIndex } from './revoke.ts';

/**
 * As `revoke`, carried by anyone with the signature of `revokeTypedData` by the subject or its controller.
 *
 * Reverts: Consents_InvalidRevocation.
 */
export function revokeBySig(
  { consents }: Deployment,
  { subject, index, signature }: ConsentIndex & { readonly signature: Hex },
): Call {
  const args = [subject, index, signature] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revokeBySig', args }) };
}
