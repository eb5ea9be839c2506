import type { Connection } from '../client/connection.ts';
import { signSession } from '../session/openSession.ts';
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
  const { patient, organization, chainId, signer } = parameters;
  const body = { ...(await signSession({ signer, organization, chainId, lifetime: 300 })), patient };
  await connection.request({ method: 'POST', path: `${API_BASE}/subjects`, body, ...options });
}
