import { checkGrant, type Grant } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** A consent that a node holds, and whether the node still acts on it. */
export interface KnownConsent extends Grant {
  readonly id: Hex;
  readonly revoked: boolean;
  /** Whether the ledger holds it in place by now, by the node's word: the consent itself, or its refusal. Absent where the node does not say. */
  readonly sealed?: boolean;
}

/** The consents of a subject that its custodian knows. Throws RequestError `unauthorized`, `forbidden`. */
export async function getConsents(
  connection: Connection,
  parameters: { subject: Address },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<KnownConsent[]> {
  const reply = await connection.request({
    path: `${API_BASE}/consents`,
    query: { subject: parameters.subject },
    ...options,
  });
  const { consents } = reply.body() as { consents?: (Grant & { id: Hex; revoked?: boolean; sealed?: boolean })[] };
  return (consents ?? []).map(({ id, revoked, sealed, terms, signature, chain }) => ({
    ...checkGrant({ terms, signature, ...(chain && { chain }) }),
    id,
    revoked: revoked === true,
    ...(typeof sealed === 'boolean' && { sealed }),
  }));
}
