import type { Connection } from '../client/connection.ts';
import { FHIR_BASE } from './base.ts';
import type { Resource } from './types.ts';

/**
 * Reads the current version of a record, or an older one when `version` is given (FHIR R4 http.html#read, #vread).
 * Throws RequestError `not-found` (also when it was deleted), `consent-refused`, `unauthorized`.
 */
export async function read(
  connection: Connection,
  type: string,
  id: string,
  options: { version?: string; signal?: AbortSignal } = {},
): Promise<Resource> {
  const version = options.version === undefined ? '' : `/_history/${encodeURIComponent(options.version)}`;
  const path = `${FHIR_BASE}/${encodeURIComponent(type)}/${encodeURIComponent(id)}${version}`;
  const reply = await connection.request({ path, signal: options.signal });
  return reply.body() as Resource;
}
