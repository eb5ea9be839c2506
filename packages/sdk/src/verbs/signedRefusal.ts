import { type ContractDomain, revokeTypedData } from '@anamnesis/protocol';
import type { Address } from 'viem';
import type { SignedRefusal } from '../account/accountFile.ts';
import type { Connection } from '../client/connection.ts';
import type { Signer } from '../session/signer.ts';
import { API_BASE } from './base.ts';

/**
 * Signs the refusal of a consent ahead, at the moment at which the consent is signed, so that refusing later opens and asks nothing. It has no deadline:
 * who holds it can stop that one consent and nothing else. `domain`: `consentDomain(…)`. After a rotation of the key it holds all the same.
 */
export async function signRefusal(
  parameters: { readonly subject: Address; readonly index: number },
  domain: ContractDomain,
  signer: Signer,
): Promise<SignedRefusal> {
  const { subject, index } = parameters;
  return { index, signature: await signer.signTypedData(revokeTypedData({ subject, index }, domain)) };
}

/** Sends a refusal that was signed ahead. The node honours it when it receives it; no session is needed. Twice is the same as once. */
export async function sendRefusal(
  connection: Connection,
  parameters: SignedRefusal & { readonly subject: Address },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { subject, index, signature } = parameters;
  const body = { subject, index, signature };
  await connection.request({ method: 'POST', path: `${API_BASE}/refusals`, body, authenticated: false, ...options });
}
