import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** Exactly one of `user`, `app`, `organization` and `key` (a subject's address, or the id of a content key), and a period by FHIR dates. */
export interface BreachReportParameters {
  readonly user?: string | undefined;
  readonly app?: string | undefined;
  readonly organization?: number | undefined;
  readonly key?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What was exposed. `encrypted-only`: a content key was lost, and what lies under it counts as exposed to whoever has the database too. */
export interface BreachReport {
  readonly format: 'anamnesis-breach-report/1';
  readonly classified: 'accessed' | 'encrypted-only';
  readonly totals: { readonly patients: number; readonly records: number };
  readonly patients: readonly {
    readonly patient: string;
    readonly entries: number;
    readonly first?: string;
    readonly last?: string;
    readonly actions?: readonly string[];
    readonly records: readonly { readonly reference: string; readonly times: readonly string[] }[];
  }[];
  readonly within: { readonly hours72: string; readonly days60: string };
  readonly [key: string]: unknown;
}

/** Which patients, records and times were exposed, from a node's access log. For operators and auditors. Throws RequestError `forbidden`, `invalid`, `not-found`. */
export async function getBreachReport(
  connection: Connection,
  parameters: BreachReportParameters,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<BreachReport> {
  const reply = await connection.request({ path: `${API_BASE}/breach-report`, query: { ...parameters }, ...options });
  return reply.body() as BreachReport;
}
