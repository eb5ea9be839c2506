import type { ProxyRevocation } from '@anamnesis/protocol';
import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

/**
 * Refuses for good what the sender signed as a proxy: a consent, or the terms of a further proxy, by its index. Shows neither
 * subject nor terms. `isRevoked` answers under `proxySpace`. Never reverts.
 */
export function revokeUnderProxy({ consents }: Deployment, { link, index }: ProxyRevocation): Call {
  const args = [link, index] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revokeUnderProxy', args }) };
}
