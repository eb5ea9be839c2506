import type { AccessRequest, ConsentTerms } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { consentsAbi } from '../generated/index.ts';

export interface SignedRequest {
  readonly terms: ConsentTerms;
  readonly signature: Hex;
  readonly request: AccessRequest;
}

/**
 * Asks the contract whether the terms, so signed, allow the request, with the refusals and keys of the newest block.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function permits(
  { client, deployment }: LedgerReader,
  { terms, signature, request }: SignedRequest,
): Promise<boolean> {
  const args = [terms, signature, request] as const;
  return client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'permits', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
}

/**
 * As `permits`, but says why not. Resolves with the consent id.
 *
 * @throws LedgerRevert with the contract's reason, such as `consents-expired`; AnamnesisError `ledger-unreachable`.
 */
export async function checkConsent(
  { client, deployment }: LedgerReader,
  { terms, signature, request }: SignedRequest,
): Promise<Hex> {
  const args = [terms, signature, request] as const;
  return client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'check', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
}
