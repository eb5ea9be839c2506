import type { App, AppKind, AppRegistration } from '@anamnesis/protocol';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

export type { App, AppKind, AppRegistration };

/**
 * Registers a SMART app, as an operator. What is left out gets the default of its kind. `secret` is in the answer for an app that has one, this once.
 * Throws RequestError `invalid` with what is wrong, `forbidden`.
 */
export async function registerApp(
  connection: Connection,
  parameters: Partial<AppRegistration> & Pick<AppRegistration, 'name' | 'kind' | 'scope'>,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<App & { readonly secret?: string }> {
  const reply = await connection.request({ method: 'POST', path: `${API_BASE}/apps`, body: parameters, ...options });
  return reply.body() as App & { readonly secret?: string };
}

/** All apps that were ever registered, oldest first; those that were ended are `disabled`. Throws RequestError `forbidden`. */
export async function getApps(
  connection: Connection,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<App[]> {
  return ((await connection.request({ path: `${API_BASE}/apps`, ...options })).body() as { apps: App[] }).apps;
}

/** Ends an app and every token of it at once. Throws RequestError `not-found`, `forbidden`. */
export async function endApp(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const path = `${API_BASE}/apps/${encodeURIComponent(parameters.id)}`;
  await connection.request({ method: 'DELETE', path, ...options });
}
