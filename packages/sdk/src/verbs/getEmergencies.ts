import type { Address } from 'viem';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** `pending`: the ledger does not have it yet; `refused`: it never will; `due`, `overdue`: it waits for its review, since 72 hours at the latest. */
export type EmergencyState = 'pending' | 'refused' | 'open' | 'due' | 'overdue' | 'reviewed';

/** A declared emergency. Times in seconds since 1970. */
export interface Emergency {
  readonly id: string;
  /** Declared here for another's records, by another for ours, by our own for our own; `ledger`: between others, with the words at those who judge it. */
  readonly side: 'asking' | 'asked' | 'own' | 'ledger';
  readonly state: EmergencyState;
  /** Directory ids of who declared it and of who holds the records. */
  readonly organization: number;
  readonly custodian: number | null;
  readonly slot: number | null;
  /** A name of `EMERGENCY_REASONS`. */
  readonly reason: string;
  readonly declaredAt: number;
  /** When the box closes. */
  readonly until: number | null;
  readonly outcome: 'justified' | 'not-justified' | null;
  /** FHIR reference and name of who declared it; null where they are not known here. */
  readonly actor: string | null;
  readonly name: string | null;
  /** FHIR id of the patient here. */
  readonly patient: string | null;
  /** For who declared it: the patient's subject at the custodian, for `getReceived`. */
  readonly subject: Address | null;
  /** Why, in words, as plain text: show it as text, never as HTML. */
  readonly text: string | null;
  /** When the rest was opened too; null: only the first set. */
  readonly restAt: number | null;
}

/**
 * Emergencies, newest first. Staff: the review queue of this organisation, and at a regulator or an ethics board what everybody declared. A patient: those about her.
 * Throws RequestError `forbidden`.
 */
export async function getEmergencies(
  connection: Connection,
  parameters: { readonly state?: EmergencyState | undefined } = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Emergency[]> {
  const query = { state: parameters.state };
  const reply = await connection.request({ path: `${API_BASE}/emergencies`, query, ...options });
  return (reply.body() as { emergencies: Emergency[] }).emergencies;
}

/** One of them. Throws RequestError `not-found`. */
export async function getEmergency(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Emergency> {
  const path = `${API_BASE}/emergencies/${encodeURIComponent(parameters.id)}`;
  return ((await connection.request({ path, ...options })).body() as { emergency: Emergency }).emergency;
}
