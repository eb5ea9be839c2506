import { Readable } from 'node:stream';
import { badRequest, notFound, notSupported, OutcomeError } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ExportOptions, Exports } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { FHIR } from './fhir.ts';
import { headerOf, queryOf } from './negotiate.ts';
import { isObject, operationInput } from './operation.ts';

type Request = FastifyRequest<{ Params: { readonly id?: string } }>;
type OfJob = FastifyRequest<{ Params: { readonly job: string; readonly part: string } }>;

const NDJSON = 'application/fhir+ndjson';
const FORMATS = new Set([NDJSON, 'application/ndjson', 'ndjson']);
const KNOWN = new Set(['_outputFormat', '_since', '_type', '_typeFilter', '_elements', '_format', '_pretty']);
const DEFINITIONS = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';

/**
 * Bulk Data Access 2.0 (https://hl7.org/fhir/uv/bulkdata/STU2/export.html): `$export` of everything, of all patients, of a Group's. Each file needs the token of
 * who asked for the export; what its scopes do not allow is not in it.
 */
export function exportRoutes(server: FastifyInstance, api: ApiContext): void {
  const exports = new Exports(api.context);
  server.addHook('onClose', () => exports.stop());

  const begin = async (request: Request, reply: FastifyReply, level: ExportOptions['level']): Promise<FastifyReply> => {
    const authority = await authorityOf(api, request);
    const { id: group } = request.params;
    const options = { ...optionsOf(request, api), level, ...(group !== undefined && { group }) };
    const id = await exports.begin(authority, options).catch((error: unknown) => {
      if (error instanceof OutcomeError && error.status === 429) reply.header('retry-after', '3600');
      throw error;
    });
    return reply.status(202).header('content-location', `${api.context.base}/$export/${id}`).send();
  };
  const serve = (path: string, level: ExportOptions['level'], operation: string): void => {
    const route = { config: { operation: `${DEFINITIONS}/${operation}` } };
    server.get<{ Params: { id?: string } }>(`${FHIR}${path}`, route, (request, reply) => begin(request, reply, level));
    server.post<{ Params: { id?: string } }>(`${FHIR}${path}`, route, (request, reply) => begin(request, reply, level));
  };
  serve('/$export', 'system', 'export');
  serve('/Patient/$export', 'Patient', 'patient-export');
  serve('/Group/:id/$export', 'Group', 'group-export');

  // Status, cancelling and files. What they answer is not FHIR.
  const plain = { config: { anyFormat: true } };
  server.get(`${FHIR}/$export/:job`, plain, async (request: OfJob, reply) => {
    const { job } = request.params;
    const status = await exports.status(await authorityOf(api, request), job);
    if (!status.ready)
      return reply
        .status(202)
        .header('x-progress', `${status.done} of ${status.total} types`)
        .header('retry-after', '1')
        .send();
    const files = (kind: 'output' | 'deleted') =>
      status.parts
        .filter((part) => part.kind === kind)
        .map(({ part, type, count }) => ({
          type,
          url: `${api.context.base}/$export/${job}/${part}`,
          // The lines of the file, which are Bundles where something was deleted.
          ...(kind === 'output' && { count }),
        }));
    return reply
      .header('expires', status.expiresAt.toUTCString())
      .type('application/json')
      .send({
        transactionTime: status.transactionTime.toISOString(),
        request: status.url,
        requiresAccessToken: true,
        output: files('output'),
        deleted: files('deleted'),
        error: [],
      });
  });
  server.delete(`${FHIR}/$export/:job`, plain, async (request: OfJob, reply) => {
    await exports.cancel(await authorityOf(api, request), request.params.job);
    return reply.status(202).send();
  });
  server.get(`${FHIR}/$export/:job/:part`, plain, async (request: OfJob, reply) => {
    const { job, part } = request.params;
    if (!/^\d{1,6}$/.test(part)) throw notFound('There is no such file');
    const pieces = exports.file(await authorityOf(api, request), job, Number(part));
    // What refuses the file is told as such: only then does it begin.
    const first = await pieces.next();
    const text = async function* (): AsyncGenerator<string> {
      try {
        if (first.done !== true) yield first.value;
        yield* pieces;
      } finally {
        await pieces.return();
      }
    };
    return reply.type(NDJSON).send(Readable.from(text(), { objectMode: false }));
  });
}

/** Errors: 400 for what is not supported, unless the client prefers to have it ignored. */
function optionsOf(request: Request, api: ApiContext): Omit<ExportOptions, 'level' | 'group'> {
  const preferred = (headerOf(request, 'prefer') ?? '').split(/[,;]/).map((word) => word.trim().toLowerCase());
  if (!preferred.includes('respond-async')) throw badRequest('An export needs the header Prefer: respond-async');
  const lenient = preferred.includes('handling=lenient');
  const input = operationInput(request);
  const given = isObject(request.body) && Array.isArray(request.body.parameter) ? request.body.parameter : [];
  const names = [
    ...new URLSearchParams(queryOf(request)).keys(),
    ...given.flatMap((one: unknown) => (isObject(one) && typeof one.name === 'string' ? [one.name] : [])),
  ];
  if (!lenient && names.some((name) => !KNOWN.has(name)))
    throw notSupported('The export has parameters that are not supported; Prefer: handling=lenient ignores them');
  // A plus sign that was not percent-encoded arrives as a blank.
  const format = input.one('_outputFormat')?.replace(' ', '+');
  if (format !== undefined && !FORMATS.has(format)) throw notSupported(`Files are written as ${NDJSON} only`);
  const since = input.one('_since');
  const listOf = (name: string): string[] =>
    [...new Set(input.all(name).flatMap((text) => text.split(',').map((part) => part.trim())))].filter(
      (part) => part !== '',
    );
  return {
    types: listOf('_type'),
    elements: listOf('_elements'),
    // Commas stand between filters and within them: a new one begins with a type.
    filters: input
      .all('_typeFilter')
      .flatMap((text) => text.split(/,(?=[A-Z][A-Za-z]+\?)/))
      .filter((one) => one !== ''),
    url: `${api.config.publicUrl}${request.url}`,
    ...(since !== undefined && { since }),
    ...(lenient && { lenient }),
  };
}
