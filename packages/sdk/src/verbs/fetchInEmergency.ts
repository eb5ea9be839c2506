import type { Connection } from '../client/connection.ts';
import { RequestError } from '../client/errors.ts';
import { API_BASE } from './base.ts';
import type { FetchOutcome } from './fetchFromPeer.ts';

/** How long the ledger is waited for, and how often it is asked, in milliseconds. */
const PATIENCE = 30_000;
const EVERY = 250;

/**
 * Has the node fetch from the custodian in an emergency that the same person declared: first what keeps somebody alive (allergies, conditions, medications, devices,
 * advance directives), or the rest, for which it takes a reason of its own. Read it with `getReceived`. Waits up to 30 seconds until the ledger has the declaration.
 * Throws RequestError `consent-refused` when the box is over or the custodian refuses, `conflict` when the ledger still does not have it, `not-found`, `unavailable`.
 */
export async function fetchInEmergency(
  connection: Connection,
  parameters: { readonly id: string } & (
    | { readonly set: 'first' }
    | { readonly set: 'rest' /** Why, in words of at least 10 characters. */; readonly text: string }
  ),
  options: { signal?: AbortSignal | undefined } = {},
): Promise<FetchOutcome> {
  const { id, ...body } = parameters;
  const path = `${API_BASE}/emergencies/${encodeURIComponent(id)}/fetch`;
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      return (await connection.request({ method: 'POST', path, body, ...options })).body() as FetchOutcome;
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 409 || Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}
