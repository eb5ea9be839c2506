import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/**
 * Judges an emergency whose box is over, once. One that is on the ledger: staff of a regulator or an ethics board; one of our own staff for our own records: somebody else
 * of us. The patient is told. On the ledger it takes a block.
 * Throws RequestError `not-found`, `invalid` (422) when it is not to be judged now, or not by this person.
 */
export async function reviewEmergency(
  connection: Connection,
  parameters: { readonly id: string; readonly outcome: 'justified' | 'not-justified' },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const path = `${API_BASE}/emergencies/${encodeURIComponent(parameters.id)}/review`;
  await connection.request({ method: 'POST', path, body: { outcome: parameters.outcome, text: '' }, ...options });
}
