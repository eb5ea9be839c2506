import type { RecordProof } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import type { Resource } from '../fhir/types.ts';
import { API_BASE } from './base.ts';

/** One access: a FHIR AuditEvent (IHE BALP) and the proof that it is in the access log. */
export interface AccessLogEntry {
  readonly event: Resource;
  readonly proof: RecordProof;
}

/** A page of the access log of one patient, newest first. `next` as `before` continues it; null at the end. */
export interface AccessLogPage {
  readonly entries: readonly AccessLogEntry[];
  readonly next: number | null;
}

/**
 * Who looked at a patient's records. `patient` may be left out in the patient's own session, and by an auditor, who then sees all of the log.
 * Throws RequestError `unauthorized`, `forbidden`.
 */
export async function getAccessLog(
  connection: Connection,
  parameters: { patient?: string | undefined; count?: number | undefined; before?: number | undefined } = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AccessLogPage> {
  const { patient, count, before } = parameters;
  const reply = await connection.request({
    path: `${API_BASE}/access-log`,
    query: { patient, count, before },
    ...options,
  });
  const body = reply.body() as { entries?: AccessLogEntry[]; next?: number | null };
  return { entries: body.entries ?? [], next: body.next ?? null };
}
