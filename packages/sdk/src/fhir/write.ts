import type { Connection } from '../client/connection.ts';
import { FHIR_BASE, FHIR_JSON } from './base.ts';
import type { Bundle, Resource } from './types.ts';

/**
 * Creates a record; the node gives the id (FHIR R4 http.html#create). With `ifNoneExist` (a search query) the record that already
 * matches is returned instead. Throws RequestError `invalid` with the node's issues, `conflict` when several match.
 */
export async function create(
  connection: Connection,
  resource: Resource,
  options: { ifNoneExist?: string; signal?: AbortSignal } = {},
): Promise<Resource> {
  const reply = await connection.request({
    method: 'POST',
    path: `${FHIR_BASE}/${encodeURIComponent(resource.resourceType)}`,
    body: resource,
    headers: {
      'content-type': FHIR_JSON,
      prefer: 'return=representation',
      ...(options.ifNoneExist === undefined ? {} : { 'if-none-exist': options.ifNoneExist }),
    },
    signal: options.signal,
  });
  return reply.body() as Resource;
}

/**
 * Writes a new version of a record, or the first one under an id of the caller's choice (FHIR R4 http.html#update).
 * Throws RequestError `conflict` when `ifMatch` names a version that is no longer the current one.
 */
export async function update(
  connection: Connection,
  resource: Resource & { id: string },
  options: { ifMatch?: string; signal?: AbortSignal } = {},
): Promise<Resource> {
  const reply = await connection.request({
    method: 'PUT',
    path: `${FHIR_BASE}/${encodeURIComponent(resource.resourceType)}/${encodeURIComponent(resource.id)}`,
    body: resource,
    headers: {
      'content-type': FHIR_JSON,
      prefer: 'return=representation',
      ...(options.ifMatch === undefined ? {} : { 'if-match': `W/"${options.ifMatch}"` }),
    },
    signal: options.signal,
  });
  return reply.body() as Resource;
}

/** Deletes a record: later reads answer 410, its history stays (FHIR R4 http.html#delete). */
export async function remove(
  connection: Connection,
  type: string,
  id: string,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  await connection.request({
    method: 'DELETE',
    path: `${FHIR_BASE}/${encodeURIComponent(type)}/${encodeURIComponent(id)}`,
    signal: options.signal,
  });
}

/**
 * Posts a transaction or a batch (FHIR R4 http.html#transaction). A transaction is accepted or refused whole; in the answer to a
 * batch each entry has its own status. Throws RequestError `invalid`, `conflict`, `too-large`.
 */
export async function post(
  connection: Connection,
  bundle: Bundle,
  options: { signal?: AbortSignal } = {},
): Promise<Bundle> {
  const reply = await connection.request({
    method: 'POST',
    path: FHIR_BASE,
    body: bundle,
    headers: { 'content-type': FHIR_JSON },
    signal: options.signal,
  });
  return reply.body() as Bundle;
}
