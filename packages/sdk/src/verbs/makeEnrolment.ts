import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** A code with which a patient makes her account, once. `expiresAt`: seconds since 1970. */
export interface EnrolmentCode {
  readonly code: string;
  readonly expiresAt: number;
}

/**
 * At the desk: lets a patient whom staff know make her account. Of a registrar for her first key, of an operator for another one.
 * Show it as a link with the code behind `#`, so that no server logs it.
 * Throws RequestError `forbidden`, `not-found`, `conflict` when the patient has a key already.
 */
export async function makeEnrolment(
  connection: Connection,
  parameters: { readonly patient: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<EnrolmentCode> {
  const body = { patient: parameters.patient };
  const reply = await connection.request({ method: 'POST', path: `${API_BASE}/enrolments`, body, ...options });
  return reply.body() as EnrolmentCode;
}
