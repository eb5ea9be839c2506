import type { ConsentTerms, ProxyLink } from '@anamnesis/protocol';
import { encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

export interface RefusalAsProxy {
  readonly terms: ConsentTerms;
  /** The controller's, under the terms. */
  readonly signature: Hex;
  /** From the subject to the proxy. */
  readonly chain: readonly ProxyLink[];
  /** The proxy's, of `revokeTypedData`; `0x` when it sends the transaction itself. */
  readonly refusal: Hex;
}

/**
 * Refuses, as a proxy, a consent that the subject's controller signed and that lies within the proxy's terms. Shows the consent
 * and the chain to whoever reads the ledger: a refusal that the custodian has honoured need not come here.
 *
 * Reverts: Consents_WrongEpoch, Consents_InvalidSignature, Proxies_InvalidDepth, Proxies_WrongSubject, Proxies_WrongEpoch,
 * Proxies_WrongParent, Proxies_Revoked, Proxies_InvalidSignature, Proxies_Broader, Proxies_Longer, Proxies_NotInForce,
 * Proxies_InvalidRevocation.
 */
export function revokeAsProxy({ consents }: Deployment, { terms, signature, chain, refusal }: RefusalAsProxy): Call {
  const args = [terms, signature, chain, refusal] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'revokeAsProxy', args }) };
}
