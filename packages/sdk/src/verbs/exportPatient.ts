import type { Connection } from '../client/connection.ts';
import type { ExportFile } from '../verify/exportFile.ts';
import { API_BASE } from './base.ts';

/**
 * Everything that a node holds about one patient, with its proofs: a file that `verifyExport` checks without the node.
 * Write it with `stringifyJson`, so that decimals keep their digits. `patient` may be left out in the patient's own session.
 * Throws RequestError `unauthorized`, `forbidden`, `not-found`.
 */
export async function exportPatient(
  connection: Connection,
  parameters: { patient?: string | undefined } = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ExportFile> {
  const reply = await connection.request({
    path: `${API_BASE}/export`,
    query: { patient: parameters.patient },
    ...options,
  });
  return reply.body() as ExportFile;
}
