import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/**
 * Closes an emergency's box before its time; for who declared it. One that is over stays as it is. On the ledger it takes a block.
 * Throws RequestError `not-found`, `conflict` while the ledger does not have the declaration, `invalid` for anybody else.
 */
export async function endEmergency(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const path = `${API_BASE}/emergencies/${encodeURIComponent(parameters.id)}/end`;
  await connection.request({ method: 'POST', path, ...options });
}
