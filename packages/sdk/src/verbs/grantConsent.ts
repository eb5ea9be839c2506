import {
  type ConsentTerms,
  type ContractDomain,
  checkTerms,
  consentId,
  consentTypedData,
  type Grant,
} from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { Connection } from '../client/connection.ts';
import type { Signer } from '../session/signer.ts';
import { API_BASE } from './base.ts';

/** A consent as it was given: its id and what patient, custodian and grantee keep. */
export interface GivenConsent extends Grant {
  readonly id: Hex;
}

/**
 * Signs consent terms. No transaction, no network: the signature is the consent.
 * `domain` comes from `consentDomain(chainId, Consents address)` of a deployment that the signer trusts, not from a node.
 * Throws `terms-malformed`.
 */
export async function signConsent(terms: ConsentTerms, domain: ContractDomain, signer: Signer): Promise<GivenConsent> {
  const checked = checkTerms(terms);
  const signature = await signer.signTypedData(consentTypedData(checked, domain));
  return { id: consentId(checked, domain), terms: checked, signature };
}

/**
 * Signs consent terms and hands them to the custodian's node, which logs them.
 * Throws `terms-malformed`, or RequestError `invalid` (signature, epoch), `unauthorized`.
 */
export async function grantConsent(
  connection: Connection,
  parameters: { terms: ConsentTerms; domain: ContractDomain; signer: Signer },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<GivenConsent> {
  const given = await signConsent(parameters.terms, parameters.domain, parameters.signer);
  const body = { terms: given.terms, signature: given.signature, ...(given.chain && { chain: given.chain }) };
  await connection.request({ method: 'POST', path: `${API_BASE}/consents`, body, ...options });
  return given;
}
