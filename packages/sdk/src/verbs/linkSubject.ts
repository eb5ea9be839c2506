import { sessionTypedData } from '@anamnesis/protocol';
import { bytesToHex } from 'viem';
import type { Connection } from '../client/connection.ts';
import type { Signer } from '../session/signer.ts';
import { API_BASE } from './base.ts';

/**
 * Links a subject to its Patient, at the desk: staff send what the patient's device signed. `connection` is that of a registrar; of an operator
 * for another subject of a patient who has lost hers.
 * Throws RequestError `conflict` when the subject belongs to another patient or the patient has another subject, `forbidden` for any other role,
 * `invalid` for a wrong signature.
 */
export async function linkSubject(
  connection: Connection,
  parameters: { patient: string; organization: number; chainId: number; signer: Signer },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const session = {
    subject: parameters.signer.address,
    organization: parameters.organization,
    notAfter: Math.floor(Date.now() / 1000) + 300,
    nonce: bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
  };
  const signature = await parameters.signer.signTypedData(sessionTypedData(session, parameters.chainId));
  const body = { ...session, patient: parameters.patient, signature };
  await connection.request({ method: 'POST', path: `${API_BASE}/subjects`, body, ...options });
}
