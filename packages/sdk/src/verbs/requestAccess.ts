import type {
  RequestedAccess as AccessRequest,
  RequestState as AccessRequestState,
  Grant,
  RequestPreset,
} from '@anamnesis/protocol';
import type { Address } from 'viem';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';

export type { AccessRequest, AccessRequestState, RequestPreset };

/**
 * Asks a patient of another organisation for access. `custodian` and `subject` are in the code that she shows. Give `id` (a random UUID) to make asking again
 * after a lost answer the same request; `fetch` to have the records fetched as soon as she agrees.
 * Throws RequestError `forbidden`, `invalid`.
 */
export async function requestAccess(
  connection: Connection,
  parameters: {
    readonly id?: string | undefined;
    readonly custodian: number;
    readonly subject: Address;
    readonly purpose?: string | undefined;
    readonly categories: readonly string[];
    readonly sensitive?: readonly string[] | undefined;
    readonly preset?: RequestPreset | undefined;
    readonly note?: string | undefined;
    readonly patient?: string | undefined;
    readonly fetch?: boolean | undefined;
  },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AccessRequest> {
  const path = `${API_BASE}/requests`;
  const reply = await connection.request({ method: 'POST', path, body: parameters, ...options });
  return requestIn(reply.body());
}

/** Requests: those to the patient of the session, or those that staff of this organisation made. Newest first. */
export async function getRequests(
  connection: Connection,
  parameters: { readonly patient?: string | undefined; readonly state?: AccessRequestState | undefined } = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AccessRequest[]> {
  const { patient, state } = parameters;
  const reply = await connection.request({ path: `${API_BASE}/requests`, query: { patient, state }, ...options });
  return (reply.body() as { requests: AccessRequest[] }).requests;
}

/** One of them. Throws RequestError `not-found`. */
export async function getRequest(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AccessRequest> {
  return requestIn((await connection.request({ path: pathOf(parameters.id), ...options })).body());
}

/**
 * Answers: no, or a signed consent (`signConsent`), which need not be what was asked for. The same answer again is the same answer, so it may be sent until an
 * answer comes. Throws RequestError `conflict` when the request was answered otherwise, withdrawn, or is too old.
 */
export async function answerRequest(
  connection: Connection,
  parameters: { readonly id: string } & ({ readonly denied: true } | Grant),
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AccessRequest> {
  const { id } = parameters;
  const { id: _, ...body } = parameters;
  return requestIn(
    (await connection.request({ method: 'POST', path: `${pathOf(id)}/answer`, body, ...options })).body(),
  );
}

/** Takes a request back. Throws RequestError `conflict` when it was answered. */
export async function withdrawRequest(
  connection: Connection,
  parameters: { readonly id: string },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AccessRequest> {
  return requestIn((await connection.request({ method: 'DELETE', path: pathOf(parameters.id), ...options })).body());
}

function pathOf(id: string): string {
  return `${API_BASE}/requests/${encodeURIComponent(id)}`;
}

function requestIn(body: unknown): AccessRequest {
  return (body as { request: AccessRequest }).request;
}
