import { fromUtf8 } from '@anamnesis/protocol';
import { readAcknowledgement } from '../client/acknowledgement.ts';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** What a document became. */
export interface TakenDocument {
  /** It had been taken before: nothing was written. */
  readonly repeated: boolean;
  /** How many records came of it. */
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Where it is kept as it came, such as `Binary/7`. */
  readonly original: string;
  /** Entries that say nothing in codes. */
  readonly unmapped: readonly string[];
}

/**
 * Sends a C-CDA R2.1 document, as an integrator; its bytes are kept as they are. The same document again changes nothing.
 * Throws RequestError `invalid` with what is wrong and where, `conflict` when a newer version of it is there, `not-found` at a node without intake.
 */
export async function sendCcda(
  connection: Connection,
  document: Uint8Array,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<TakenDocument> {
  const headers = { 'content-type': 'text/xml' };
  const path = `${API_BASE}/intake/ccda`;
  return (
    await connection.request({ method: 'POST', path, body: document, headers, ...options })
  ).body() as TakenDocument;
}

/**
 * Sends one HL7 v2 message (ER7), as the integrator of the system that MSH-3 and MSH-4 name. When it returns, all of it is on disk. The same message again
 * changes nothing. Throws RequestError `invalid` or `conflict` with the acknowledgement's reason, `unavailable` when it may be sent again,
 * `not-found` at a node without intake.
 *
 * @returns MSA-1; null where the message asked for no acknowledgement.
 */
export async function sendHl7v2(
  connection: Connection,
  message: Uint8Array,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<string | null> {
  const headers = { 'content-type': 'application/hl7-v2' };
  const path = `${API_BASE}/intake/hl7v2`;
  const { bytes } = await connection.request({ method: 'POST', path, body: message, headers, ...options });
  return readAcknowledgement(fromUtf8(bytes))?.code ?? null;
}
