import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

/** What happened, without anything of it: who may read what `ref` names asks for it. */
export interface PortalEvent {
  /** `request`, `request-answered`, `consents`, `consent-ending`, `new-reader`, `emergency`, `guardian`, `recovery`, `received`, `seal`, `note`, `account`, … */
  readonly kind: string;
  readonly ref: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A notice stays until it was seen. */
export interface Notice extends PortalEvent {
  readonly id: string;
  readonly seenAt: number | null;
}

/** Notices for whoever is signed in, newest first. `last`, as `since`, asks for newer ones only. */
export async function getNotices(
  connection: Connection,
  parameters: { readonly since?: number | undefined } = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ readonly notices: readonly Notice[]; readonly last: number }> {
  const { since } = parameters;
  const reply = await connection.request({ path: `${API_BASE}/notices`, query: { since }, ...options });
  return reply.body() as { notices: Notice[]; last: number };
}

/** Marks a notice as seen. Twice is the same as once. */
export async function seeNotice(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const path = `${API_BASE}/notices/${encodeURIComponent(parameters.id)}/seen`;
  await connection.request({ method: 'POST', path, ...options });
}
