import type { Connection } from '../client/connection.ts';
import { checkReportFile, type ReportFile } from '../verify/reportFile.ts';
import { API_BASE } from './base.ts';

/**
 * The whole access log of a period with emergencies and findings, as a signed file with proofs: `verifyReport` checks it without the node. For auditors. `from` and
 * `to` are FHIR dates; a day as `to` is included. The look is in the log, and not in the report of it.
 * Throws RequestError `unauthorized`, `forbidden`, `invalid` (a period of more than 50,000 entries).
 */
export async function getReport(
  connection: Connection,
  parameters: { readonly from?: string | undefined; readonly to?: string | undefined } = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ReportFile> {
  const reply = await connection.request({ path: `${API_BASE}/report`, query: { ...parameters }, ...options });
  return checkReportFile(reply.body());
}
