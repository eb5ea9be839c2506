import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { badRequest, notFound, notSupported, OutcomeError, stringifyJson } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ExportOptions, Exports, ignoredOutcome } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { FHIR } from './fhir.ts';
import { headerOf, queryOf } from './negotiate.ts';
import { isObject, operationInput } from './operation.ts';

type Request = FastifyRequest<{ Params: { readonly id?: string } }>;
type OfJob = FastifyRequest<{ Params: { readonly job: string; readonly part: string } }>;

const NDJSON = 'application/fhir+ndjson';
/** Name of the file that says what was ignored. */
const IGNORED = 'ignored';
const MAX_PATIENTS = 10_000;
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
        // Told in the file, as everything is: https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status
        error:
          status.ignored.length === 0
            ? []
            : [{ type: 'OperationOutcome', url: `${api.context.base}/$export/${job}/${IGNORED}`, count: 1 }],
      });
  });
  server.delete(`${FHIR}/$export/:job`, plain, async (request: OfJob, reply) => {
    await exports.cancel(await authorityOf(api, request), request.params.job);
    return reply.status(202).send();
  });
  server.get(`${FHIR}/$export/:job/:part`, plain, async (request: OfJob, reply) => {
    const { job, part } = request.params;
    if (part === IGNORED) {
      const { ignored } = await exports.status(await authorityOf(api, request), job);
      if (ignored.length === 0) throw notFound('There is no such file');
      return reply.type(NDJSON).send(Buffer.from(`${stringifyJson(ignoredOutcome(ignored))}\n`));
    }
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
    const lines = Readable.from(text(), { objectMode: false });
    reply.type(NDJSON).header('vary', 'Accept-Encoding');
    if (!takesGzip(request)) return reply.send(lines);
    // An error on the way ends the answer unfinished, packed or not: what arrives whole is whole.
    return reply.header('content-encoding', 'gzip').send(pipeline(lines, createGzip(), () => {}));
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
  const level = request.params.id === undefined && !request.url.includes('/Patient/') ? 'system' : 'patients';
  // Whom an export is about stands in no address.
  const isKnown = (name: string): boolean =>
    KNOWN.has(name) || (name === 'patient' && request.method === 'POST' && level !== 'system');
  const ignored = [...new Set(names.filter((name) => !isKnown(name)))];
  if (!lenient && ignored.length > 0)
    throw notSupported('The export has parameters that are not supported; Prefer: handling=lenient ignores them');
  // A plus sign that was not percent-encoded arrives as a blank.
  const format = input.one('_outputFormat')?.replace(' ', '+');
  if (format !== undefined && !FORMATS.has(format)) throw notSupported(`Files are written as ${NDJSON} only`);
  const since = input.one('_since');
  const patients = isKnown('patient') ? patientsIn(given, api.context.base) : [];
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
    ...(patients.length > 0 && { patients }),
    ...(ignored.length > 0 && { ignored }),
    ...(lenient && { lenient }),
  };
}

/** The patients that a POST names, by reference. Errors: 400. */
function patientsIn(given: readonly unknown[], base: string): string[] {
  const named = given.flatMap((one) => (isObject(one) && one.name === 'patient' ? [one.valueReference] : []));
  if (named.length > MAX_PATIENTS) throw badRequest(`At most ${MAX_PATIENTS} patients are named`);
  return [
    ...new Set(
      named.map((value) => {
        const reference = isObject(value) && typeof value.reference === 'string' ? value.reference : '';
        const [, id] = /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(reference.replace(`${base}/`, '')) ?? [];
        if (id === undefined) throw badRequest('The parameter patient is a reference to a Patient here');
        return id;
      }),
    ),
  ];
}

function takesGzip(request: FastifyRequest): boolean {
  const codings = (headerOf(request, 'accept-encoding') ?? '').toLowerCase().split(',').slice(0, 20);
  return codings.some((one) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+)?\s*$/.test(one));
}
