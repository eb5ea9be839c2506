import type { Grant } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** What came of asking another organisation. Every record of `failed` was kept out of what clinicians see. */
export interface FetchOutcome {
  readonly released: number;
  readonly verified: number;
  readonly failed: readonly { readonly reference: string; readonly reason: string }[];
}

/**
 * Has the clinician's node ask a custodian for what a consent opens, and verify each record against the ledger.
 * Throws RequestError `consent-refused` when the custodian refuses, `unavailable` when it does not answer.
 */
export async function fetchFromPeer(
  connection: Connection,
  parameters: Grant & {
    /** Directory id of the organisation that holds the records. */
    readonly custodian: number;
    /** HL7 v3 PurposeOfUse, such as TREAT. */
    readonly purpose: string;
    /** Reference of the practitioner who asks, when the consent names one. */
    readonly practitioner?: string | undefined;
  },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<FetchOutcome> {
  const reply = await connection.request({
    method: 'POST',
    path: `${API_BASE}/exchange/fetch`,
    body: parameters,
    ...options,
  });
  return reply.body() as FetchOutcome;
}
