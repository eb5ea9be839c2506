import type { ProxyLink } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { consentsAbi } from '../generated/index.ts';
import type { SignedRequest } from './permits.ts';

/** A request under a consent that the last proxy of a chain signed. */
export interface ProxiedRequest extends SignedRequest {
  /** From the subject to the proxy that signed the consent. */
  readonly chain: readonly ProxyLink[];
}

/**
 * As `permits`, for terms that a proxy signed: they must lie within its own, and every link of the chain must stand.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function permitsByProxy(
  { client, deployment }: LedgerReader,
  { terms, signature, chain, request }: ProxiedRequest,
): Promise<boolean> {
  const args = [terms, signature, chain, request] as const;
  return client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'permitsByProxy', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
}

/**
 * As `permitsByProxy`, but says why not. Resolves with the consent id.
 *
 * @throws LedgerRevert with the contract's reason, such as `proxies-revoked`; AnamnesisError `ledger-unreachable`.
 */
export async function checkConsentByProxy(
  { client, deployment }: LedgerReader,
  { terms, signature, chain, request }: ProxiedRequest,
): Promise<Hex> {
  const args = [terms, signature, chain, request] as const;
  return client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'checkByProxy', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
}
