import { type ContractDomain, revokeAllTypedData, revokeTypedData } from '@anamnesis/protocol';
import type { Address } from 'viem';
import type { Connection } from '../client/connection.ts';
import type { Signer } from '../session/signer.ts';
import { API_BASE } from './base.ts';

/**
 * Refuses a consent. The node honours the signed refusal when it receives it and relays it to the ledger, which makes it final for
 * everyone. Refusing twice is the same as once. `domain`: `consentDomain(…)`. Stops future reads; what was read was read.
 * Throws RequestError `invalid` when the signature is not that of the subject's controller.
 */
export async function revokeConsent(
  connection: Connection,
  parameters: { subject: Address; index: number; domain: ContractDomain; signer: Signer },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { subject, index, domain, signer } = parameters;
  const signature = await signer.signTypedData(revokeTypedData({ subject, index }, domain));
  const body = { subject, index, signature };
  await connection.request({ method: 'POST', path: `${API_BASE}/refusals`, body, ...options });
}

/**
 * Refuses every consent of a subject so far at once. `nonce` is the subject's on the ledger; `deadline` in seconds since 1970, after
 * which the refusal can no longer be relayed. `domain`: `subjectsDomain(…)`.
 */
export async function revokeAllConsents(
  connection: Connection,
  parameters: { subject: Address; nonce: bigint; deadline: number; domain: ContractDomain; signer: Signer },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { subject, nonce, deadline, domain, signer } = parameters;
  const signature = await signer.signTypedData(revokeAllTypedData({ subject, nonce, deadline }, domain));
  const body = { subject, all: true, deadline, signature };
  await connection.request({ method: 'POST', path: `${API_BASE}/refusals`, body, ...options });
}
