import type { ProxyRevocation } from '@anamnesis/protocol';
import { type Address, encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

/**
 * As `revokeUnderProxy`, carried by anyone with the proxy's signature of `revokeUnderProxyTypedData`.
 *
 * Reverts: Proxies_InvalidRevocation.
 */
export function revokeUnderProxyBySig(
  { consents }: Deployment,
  refusal: ProxyRevocation & { readonly proxy: Address; readonly signature: Hex },
): Call {
  const args = [refusal.proxy, refusal.link, refusal.index, refusal.signature] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revokeUnderProxyBySig', args }) };
}
