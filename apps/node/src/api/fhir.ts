import { badRequest, notAllowed, notFound, unsupportedMediaType } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  COMPARTMENTS,
  doneOutcome,
  type FhirResource,
  historyOptionsOf,
  isNotModified,
  isServedElsewhere,
  isServedId,
  isServedType,
  openRecords,
  openRecordWriter,
  patchDocument,
  type RecordReader,
  type RecordWriter,
  subsetOf,
  type Written,
} from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { formatOf, headerOf, preferencesOf, queryOf, sendFhir } from './negotiate.ts';

/** Base of the FHIR R4 interface (https://hl7.org/fhir/R4/http.html). */
export const FHIR = '/fhir/R4';

interface Params {
  readonly type: string;
  readonly id: string;
  readonly version: string;
  readonly within: string;
}
type Routed = { Params: Params };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True where the answer is not a FHIR resource, so that neither Accept nor `_format` is looked at here. */
    readonly anyFormat?: boolean;
  }
}

/**
 * The FHIR R4 RESTful interface. Each route makes an authority, asks the repository once and maps the answer. What it serves is read off the
 * routes by `capability.ts`, so that the CapabilityStatement cannot say anything else.
 */
export function fhirRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;
  const reader = async (request: FastifyRequest): Promise<RecordReader> =>
    openRecords(context, await authorityOf(api, request));
  const writer = async (request: FastifyRequest): Promise<RecordWriter> =>
    openRecordWriter(context, await authorityOf(api, request));

  // A format that cannot be written is refused before anything is done.
  server.addHook('onRequest', async (request) => {
    if (request.url.startsWith(FHIR) && request.routeOptions.config.anyFormat !== true) formatOf(request);
  });
  server.addHook('preHandler', async (request) => {
    if (!request.url.startsWith(FHIR)) return;
    const { type, id } = request.params as Partial<Params>;
    if (type !== undefined && !isServedType(type)) throw notFound('There is no such resource type');
    // Served by routes of their own; what is left are interactions that they have not.
    if (type !== undefined && isServedElsewhere(type) && !request.routeOptions.url?.endsWith('/$validate'))
      throw notAllowed();
    if (id !== undefined && request.method !== 'PUT' && !isServedId(id)) throw notFound();
  });

  server.post(FHIR, async (request, reply) => {
    const returns = preferencesOf(request).returns ?? 'minimal';
    return sendFhir(request, reply, await (await writer(request)).process(bodyOf(request), { returns }));
  });
  server.get(FHIR, async (request, reply) =>
    sendFhir(request, reply, await (await reader(request)).search(null, queryOf(request), searchOptions(request))),
  );
  server.post(`${FHIR}/_search`, async (request, reply) =>
    sendFhir(request, reply, await (await reader(request)).search(null, formOf(request), searchOptions(request))),
  );
  server.get(`${FHIR}/_history`, async (request, reply) =>
    sendFhir(request, reply, await historyOf(request, await reader(request))),
  );

  server.get<Routed>(`${FHIR}/:type`, async (request, reply) => {
    const { type } = request.params;
    return sendFhir(
      request,
      reply,
      await (await reader(request)).search(type, queryOf(request), searchOptions(request)),
    );
  });
  server.post<Routed>(`${FHIR}/:type/_search`, async (request, reply) => {
    const { type } = request.params;
    return sendFhir(
      request,
      reply,
      await (await reader(request)).search(type, formOf(request), searchOptions(request)),
    );
  });
  server.post<Routed>(`${FHIR}/:type`, async (request, reply) => {
    const ifNoneExist = headerOf(request, 'if-none-exist');
    const options = { type: request.params.type, ...(ifNoneExist !== undefined && { ifNoneExist }) };
    return sendWritten(api, request, reply, await (await writer(request)).create(bodyOf(request), options));
  });
  server.get<Routed>(`${FHIR}/:type/_history`, async (request, reply) =>
    sendFhir(request, reply, await historyOf(request, await reader(request), request.params.type)),
  );
  // Binary has routes of its own for what follows its name; its history is no id.
  server.get(`${FHIR}/Binary/_history`, async (request, reply) =>
    sendFhir(request, reply, await historyOf(request, await reader(request), 'Binary')),
  );

  // Conditional update, patch and delete (https://hl7.org/fhir/R4/http.html#cond-update).
  server.put<Routed>(`${FHIR}/:type`, async (request, reply) => {
    const options = { type: request.params.type, condition: queryOf(request), ...conditionsOf(request) };
    return sendWritten(api, request, reply, await (await writer(request)).update(bodyOf(request), options));
  });
  server.patch<Routed>(`${FHIR}/:type`, async (request, reply) => {
    const target = { type: request.params.type, condition: queryOf(request) };
    const patch = patchDocument(bodyOf(request));
    return sendWritten(api, request, reply, await (await writer(request)).patch(target, patch, ifMatchOf(request)));
  });
  server.delete<Routed>(`${FHIR}/:type`, async (request, reply) => {
    const { type } = request.params;
    const count = await (await writer(request)).deleteMatching(type, queryOf(request), ifMatchOf(request));
    return sendDeleted(request, reply, count);
  });

  server.get<Routed>(`${FHIR}/:type/:id`, async (request, reply) => {
    const { type, id } = request.params;
    return sendRecord(request, reply, await (await reader(request)).read(type, id));
  });
  server.put<Routed>(`${FHIR}/:type/:id`, async (request, reply) => {
    const { type, id } = request.params;
    const options = { type, id, ...conditionsOf(request) };
    return sendWritten(api, request, reply, await (await writer(request)).update(bodyOf(request), options));
  });
  server.patch<Routed>(`${FHIR}/:type/:id`, async (request, reply) => {
    const { type, id } = request.params;
    const patch = patchDocument(bodyOf(request));
    return sendWritten(
      api,
      request,
      reply,
      await (await writer(request)).patch({ type, id }, patch, ifMatchOf(request)),
    );
  });
  server.delete<Routed>(`${FHIR}/:type/:id`, async (request, reply) => {
    const { type, id } = request.params;
    const deleted = await (await writer(request)).delete(type, id, ifMatchOf(request));
    if (deleted !== null) reply.header('etag', `W/"${deleted.version}"`);
    return sendDeleted(request, reply, deleted === null ? 0 : 1);
  });
  server.get<Routed>(`${FHIR}/:type/:id/_history`, async (request, reply) => {
    const { type, id } = request.params;
    return sendFhir(request, reply, await historyOf(request, await reader(request), type, id));
  });
  server.get<Routed>(`${FHIR}/:type/:id/_history/:version`, async (request, reply) => {
    const { type, id, version } = request.params;
    return sendRecord(request, reply, await (await reader(request)).vread(type, id, version));
  });

  // Compartment search (https://hl7.org/fhir/R4/compartmentdefinition.html): Patient/x/Observation, Encounter/y/*.
  const compartment = async (
    request: FastifyRequest<Routed>,
    reply: FastifyReply,
    query: string,
  ): Promise<FastifyReply> => {
    const { type, id, within } = request.params;
    const owner = COMPARTMENTS.find((one) => one === type);
    if (owner === undefined || !(within === '*' || isServedType(within))) throw notFound();
    const options = { ...searchOptions(request), compartment: { type: owner, id } };
    return sendFhir(
      request,
      reply,
      await (await reader(request)).search(within === '*' ? null : within, query, options),
    );
  };
  server.get<Routed>(`${FHIR}/:type/:id/:within`, (request, reply) => compartment(request, reply, queryOf(request)));
  server.post<Routed>(`${FHIR}/:type/:id/:within/_search`, (request, reply) =>
    compartment(request, reply, formOf(request)),
  );
}

/** Answers a read: 304 when the caller has this version already, and only the parts that the query asks for. */
export function sendRecord(request: FastifyRequest, reply: FastifyReply, resource: FhirResource): FastifyReply {
  if (isFresh(request, reply, resource)) return reply.status(304).send();
  const subset = subsetOf(queryOf(request));
  return sendFhir(request, reply, subset === null ? resource : subset(resource));
}

/** Sets the headers of a version. @returns whether the caller has it already (https://hl7.org/fhir/R4/http.html#cread). */
export function isFresh(request: FastifyRequest, reply: FastifyReply, resource: FhirResource): boolean {
  const { versionId, lastUpdated } = resource.meta as { versionId: string; lastUpdated: string };
  reply.header('etag', `W/"${versionId}"`).header('last-modified', new Date(lastUpdated).toUTCString());
  const ifNoneMatch = headerOf(request, 'if-none-match') ?? null;
  const ifModifiedSince = headerOf(request, 'if-modified-since') ?? null;
  return isNotModified({ ifNoneMatch, ifModifiedSince }, versionId, lastUpdated);
}

/** Answers a write with as much as `Prefer` asks for; by default the stored resource. */
export function sendWritten(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  written: Written,
): FastifyReply {
  const { resource, created, version, lastUpdated } = written;
  const { resourceType, id } = resource as { resourceType: string; id: string };
  const status = created ? 201 : 200;
  reply
    .status(status)
    .header('location', `${api.context.base}/${resourceType}/${id}/_history/${version}`)
    .header('etag', `W/"${version}"`)
    .header('last-modified', new Date(lastUpdated).toUTCString());
  const { returns } = preferencesOf(request);
  if (returns === 'minimal') return reply.send();
  return sendFhir(
    request,
    reply,
    returns === 'OperationOutcome' ? doneOutcome(created ? 'Created' : 'Updated') : resource,
    status,
  );
}

function sendDeleted(request: FastifyRequest, reply: FastifyReply, count: number): FastifyReply {
  if (preferencesOf(request).returns !== 'OperationOutcome') return reply.status(204).send();
  return sendFhir(request, reply, doneOutcome(`Deleted: ${count}`));
}

function historyOf(request: FastifyRequest, reader: RecordReader, type?: string, id?: string): Promise<FhirResource> {
  return reader.history(type, id, historyOptionsOf(queryOf(request)));
}

function bodyOf(request: FastifyRequest): unknown {
  if (request.body === undefined || request.body === null) throw badRequest('The request has no body');
  if (request.body instanceof URLSearchParams) throw unsupportedMediaType();
  return request.body;
}

/** The query of a search by POST: that of the URL and that of the form together. */
function formOf(request: FastifyRequest): string {
  const form = request.body instanceof URLSearchParams ? request.body.toString() : '';
  return [queryOf(request), form].filter((part) => part !== '').join('&');
}

function searchOptions(request: FastifyRequest): { strict?: boolean } {
  return preferencesOf(request).strict ? { strict: true } : {};
}

/** The version that a write depends on. */
export function conditionsOf(request: FastifyRequest): { ifMatch?: string; ifNoneMatch?: string } {
  const ifNoneMatch = headerOf(request, 'if-none-match');
  return { ...ifMatchOf(request), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
}

function ifMatchOf(request: FastifyRequest): { ifMatch?: string } {
  const ifMatch = headerOf(request, 'if-match');
  return ifMatch === undefined ? {} : { ifMatch };
}
