import { badRequest, unsupportedMediaType } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FhirResource, openRecords, openRecordWriter } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { conditionsOf, FHIR, isFresh, sendRecord, sendWritten } from './fhir.ts';
import { formatOf, headerOf, isFhirType, mediaRanges, queryOf } from './negotiate.ts';
import { readJson } from './read-json.ts';

const REFERENCE = /^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64}$/;
/** A media type that may stand in a header as it is. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:[ ]*;[ ]*[\w!#$&^.+-]+=[\w!#$&^.+"-]*)*$/;

/** Nothing in a Binary runs: it comes from outside, and this host answers for records. */
const NO_SCRIPT = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'content-disposition': 'attachment',
} as const;

/**
 * Binary (https://hl7.org/fhir/R4/binary.html#rest): what is sent with another media type than FHIR's is kept as the content of a Binary, and given back
 * so unless the caller asks for FHIR. Versions, conditions and access are those of every record; `X-Security-Context` says whose it is.
 */
export function binaryRoutes(server: FastifyInstance, api: ApiContext): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const config = { anyFormat: true };

    const read = async (request: FastifyRequest<{ Params: { id: string; version?: string } }>, reply: FastifyReply) => {
      const { id, version } = request.params;
      const reader = openRecords(api.context, await authorityOf(api, request));
      const resource =
        version === undefined ? await reader.read('Binary', id) : await reader.vread('Binary', id, version);
      return wantsFhir(request, resource) ? sendRecord(request, reply, resource) : sendRaw(request, reply, resource);
    };
    scope.get(`${FHIR}/Binary/:id`, { config }, read);
    scope.get(`${FHIR}/Binary/:id/_history/:version`, { config }, read);

    scope.post(`${FHIR}/Binary`, { config }, async (request, reply) => {
      const ifNoneExist = headerOf(request, 'if-none-exist');
      const writer = openRecordWriter(api.context, await authorityOf(api, request));
      const options = { type: 'Binary', ...(ifNoneExist !== undefined && { ifNoneExist }) };
      return sendWritten(api, request, reply, await writer.create(binaryIn(api, request), options));
    });
    scope.put<{ Params: { id: string } }>(`${FHIR}/Binary/:id`, { config }, async (request, reply) => {
      const { id } = request.params;
      const writer = openRecordWriter(api.context, await authorityOf(api, request));
      const options = { type: 'Binary', id, ...conditionsOf(request) };
      return sendWritten(api, request, reply, await writer.update(binaryIn(api, request, id), options));
    });
  });
}

/** The Binary that a body is, or becomes. Errors: 400, 415 without a media type. */
function binaryIn({ config: { bodyLimit } }: ApiContext, request: FastifyRequest, id?: string): unknown {
  const mediaType = headerOf(request, 'content-type')?.trim() ?? '';
  const bytes = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
  if (!MEDIA_TYPE.test(mediaType)) throw unsupportedMediaType('The body has no media type');
  const bare = mediaType.toLowerCase().split(';')[0]?.trim() ?? '';
  if (isFhirType(bare)) return readJson(bytes, bodyLimit);
  if (/^application\/fhir\+/.test(bare)) throw unsupportedMediaType('FHIR is read as JSON only');
  if (bare === 'application/json' && bytes.includes('"Binary"')) {
    const value = readJson(bytes, bodyLimit);
    if ((value as { resourceType?: unknown } | null)?.resourceType === 'Binary') return value;
  }
  const context = headerOf(request, 'x-security-context');
  if (context !== undefined && !REFERENCE.test(context)) {
    throw badRequest('X-Security-Context is a reference such as Patient/7');
  }
  return {
    resourceType: 'Binary',
    ...(id !== undefined && { id }),
    contentType: mediaType,
    ...(context !== undefined && { securityContext: { reference: context } }),
    ...(bytes.length > 0 && { data: bytes.toString('base64') }),
  };
}

/** True when `_format` or Accept ask for the resource, which plain JSON does unless the content is JSON itself. Errors: 406. */
function wantsFhir(request: FastifyRequest, { contentType }: FhirResource): boolean {
  const [first = '*/*'] = mediaRanges(headerOf(request, 'accept') ?? '*/*');
  const asked = new URLSearchParams(queryOf(request)).has('_format') || /^application\/fhir\+/.test(first);
  const plain = first === 'application/json' && !String(contentType).startsWith('application/json');
  if (!asked && !plain && !isFhirType(first)) return false;
  formatOf(request);
  return true;
}

function sendRaw(request: FastifyRequest, reply: FastifyReply, resource: FhirResource): FastifyReply {
  const { contentType, data, securityContext } = resource;
  reply.headers(NO_SCRIPT);
  const { reference } = (securityContext ?? {}) as { reference?: unknown };
  if (typeof reference === 'string' && REFERENCE.test(reference)) reply.header('x-security-context', reference);
  if (isFresh(request, reply, resource)) return reply.status(304).send();
  const type =
    typeof contentType === 'string' && MEDIA_TYPE.test(contentType) ? contentType : 'application/octet-stream';
  return reply.type(type).send(Buffer.from(typeof data === 'string' ? data : '', 'base64'));
}
