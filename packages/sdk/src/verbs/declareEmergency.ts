import type { EmergencyReason } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** A declaration as it was taken. */
export interface DeclaredEmergency {
  readonly id: Hex;
  /** `pending` until the ledger has it; for records of one's own organisation it is open at once. */
  readonly state: 'pending' | 'open';
  /** Seconds since 1970; null while pending. */
  readonly until: number | null;
}

/**
 * Declares an emergency: access without consent, for a practitioner, in her own name. The patient is told at once and somebody else reviews it. `custodian` is one's own
 * organisation for records that a directive withholds from her here; then read with `X-Purpose-Of-Use: ETREAT`.
 * Throws RequestError `invalid` (status 400 malformed; 422 not a practitioner, no such patient, or none of the organisation's emergencies is free), `unavailable`
 * while the node has not heard of the ledger lately.
 */
export async function declareEmergency(
  connection: Connection,
  parameters: {
    readonly custodian: number;
    readonly reason: EmergencyReason;
    /** Why, in words of 10 to 2,000 characters: the patient and who reviews it read them. */
    readonly text: string;
    /** How long the box is open: 1 to 24. Default 4. */
    readonly hours?: number | undefined;
  } & (
    | { /** Her subject at the custodian, as her code says it. */ readonly subject: Address }
    | { /** Her id at the custodian. */ readonly patient: string }
  ),
  options: { signal?: AbortSignal | undefined } = {},
): Promise<DeclaredEmergency> {
  const path = `${API_BASE}/emergencies`;
  const reply = await connection.request({ method: 'POST', path, body: parameters, ...options });
  return reply.body() as DeclaredEmergency;
}
