import { badRequest, notFound, unsupportedMediaType } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { COMPARTMENTS } from '../modules/records/definitions.ts';
import { openRecords, openRecordWriter, type Written } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import { capabilityStatement } from './capability.ts';
import type { ApiContext } from './context.ts';

/** Base of the FHIR R4 interface (https://hl7.org/fhir/R4/http.html). */
export const FHIR = '/fhir/R4';
export const FHIR_JSON = 'application/fhir+json; charset=utf-8';

interface Params {
  readonly type: string;
  readonly id: string;
  readonly version: string;
  readonly within: string;
}

/** The FHIR R4 RESTful interface. Each route makes an authority, asks the repository once and maps the answer. */
export function fhirRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;
  const reader = async (request: FastifyRequest) => openRecords(context, await authorityOf(api, request));
  const writer = async (request: FastifyRequest) => openRecordWriter(context, await authorityOf(api, request));
  const send = (reply: FastifyReply, body: unknown, status = 200) => reply.status(status).type(FHIR_JSON).send(body);

  server.get(`${FHIR}/metadata`, (_request, reply) => send(reply, capabilityStatement(api.config)));

  server.post(FHIR, async (request, reply) => {
    const representation = preferOf(request).includes('return=representation');
    return send(reply, await (await writer(request)).process(bodyOf(request), { representation }));
  });
  server.get(FHIR, async (request, reply) =>
    send(reply, await (await reader(request)).search(null, queryOf(request), searchOptions(request))),
  );
  server.get(`${FHIR}/_history`, async (request, reply) =>
    send(reply, await (await reader(request)).history(undefined, undefined, historyOptions(request))),
  );

  server.get<{ Params: Params }>(`${FHIR}/:type`, async (request, reply) => {
    const { type } = request.params;
    return send(reply, await (await reader(request)).search(type, queryOf(request), searchOptions(request)));
  });
  server.post<{ Params: Params }>(`${FHIR}/:type/_search`, async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body.toString() : '';
    const query = [queryOf(request), form].filter((part) => part !== '').join('&');
    return send(reply, await (await reader(request)).search(request.params.type, query, searchOptions(request)));
  });
  server.post<{ Params: Params }>(`${FHIR}/:type`, async (request, reply) => {
    const ifNoneExist = headerOf(request, 'if-none-exist');
    const { type } = request.params;
    const options = { type, ...(ifNoneExist !== undefined && { ifNoneExist }) };
    return sendWritten(api, request, reply, await (await writer(request)).create(bodyOf(request), options));
  });
  server.get<{ Params: Params }>(`${FHIR}/:type/_history`, async (request, reply) =>
    send(reply, await (await reader(request)).history(request.params.type, undefined, historyOptions(request))),
  );

  server.get<{ Params: Params }>(`${FHIR}/:type/:id`, async (request, reply) => {
    const { type, id } = request.params;
    return sendRecord(request, reply, await (await reader(request)).read(type, id));
  });
  server.put<{ Params: Params }>(`${FHIR}/:type/:id`, async (request, reply) => {
    const { type, id } = request.params;
    const ifMatch = headerOf(request, 'if-match');
    const options = { type, id, ...(ifMatch !== undefined && { ifMatch }) };
    return sendWritten(api, request, reply, await (await writer(request)).update(bodyOf(request), options));
  });
  server.delete<{ Params: Params }>(`${FHIR}/:type/:id`, async (request, reply) => {
    const { type, id } = request.params;
    const ifMatch = headerOf(request, 'if-match');
    const deleted = await (await writer(request)).delete(type, id, ifMatch === undefined ? {} : { ifMatch });
    if (deleted !== null) reply.header('etag', `W/"${deleted.version}"`);
    return reply.status(204).send();
  });
  server.get<{ Params: Params }>(`${FHIR}/:type/:id/_history`, async (request, reply) => {
    const { type, id } = request.params;
    return send(reply, await (await reader(request)).history(type, id, historyOptions(request)));
  });
  server.get<{ Params: Params }>(`${FHIR}/:type/:id/_history/:version`, async (request, reply) => {
    const { type, id, version } = request.params;
    return sendRecord(request, reply, await (await reader(request)).vread(type, id, version));
  });
  // Compartment search (https://hl7.org/fhir/R4/compartmentdefinition.html): Patient/x/Observation, Encounter/y/*.
  server.get<{ Params: Params }>(`${FHIR}/:type/:id/:within`, async (request, reply) => {
    const { type, id, within } = request.params;
    const owner = COMPARTMENTS.find((one) => one === type);
    if (owner === undefined || within.startsWith('$')) throw notFound();
    const compartment = { type: owner, id };
    const searched = within === '*' ? null : within;
    const options = { ...searchOptions(request), compartment };
    return send(reply, await (await reader(request)).search(searched, queryOf(request), options));
  });
}

function sendRecord(request: FastifyRequest, reply: FastifyReply, resource: object): FastifyReply {
  const { versionId, lastUpdated } = (resource as { meta: { versionId: string; lastUpdated: string } }).meta;
  const etag = `W/"${versionId}"`;
  reply.header('etag', etag).header('last-modified', new Date(lastUpdated).toUTCString());
  if (headerOf(request, 'if-none-match') === etag) return reply.status(304).send();
  return reply.type(FHIR_JSON).send(resource);
}

function sendWritten(api: ApiContext, request: FastifyRequest, reply: FastifyReply, written: Written): FastifyReply {
  const { resource, created, version, lastUpdated } = written;
  const { resourceType, id } = resource as { resourceType: string; id: string };
  reply
    .status(created ? 201 : 200)
    .header('location', `${api.context.base}/${resourceType}/${id}/_history/${version}`)
    .header('etag', `W/"${version}"`)
    .header('last-modified', new Date(lastUpdated).toUTCString());
  return preferOf(request).includes('return=minimal') ? reply.send() : reply.type(FHIR_JSON).send(resource);
}

function bodyOf(request: FastifyRequest): unknown {
  if (request.body === undefined) throw badRequest('The request has no body');
  if (request.body instanceof URLSearchParams) throw unsupportedMediaType();
  return request.body;
}

/** The query as it was sent, percent-encoded, without `?`. */
function queryOf(request: FastifyRequest): string {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at + 1);
}

function searchOptions(request: FastifyRequest): { strict?: boolean } {
  return preferOf(request).includes('handling=strict') ? { strict: true } : {};
}

function historyOptions(request: FastifyRequest): { count?: number; since?: string; cursor?: string } {
  const query = new URLSearchParams(queryOf(request));
  const count = query.get('_count');
  if (count !== null && !/^\d{1,6}$/.test(count)) throw badRequest('_count must be a whole number');
  const since = query.get('_since');
  const cursor = query.get('_cursor') ?? query.get('cursor');
  return {
    ...(count !== null && { count: Number(count) }),
    ...(since !== null && { since }),
    ...(cursor !== null && { cursor }),
  };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** What the client prefers (RFC 7240), as words. */
function preferOf(request: FastifyRequest): string[] {
  return (headerOf(request, 'prefer') ?? '').split(/[,;]/).map((word) => word.trim().toLowerCase());
}
