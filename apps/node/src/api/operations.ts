import { badRequest } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type EverythingOptions,
  openOperations,
  openRecordWriter,
  type RecordOperations,
} from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { conditionsOf, FHIR } from './fhir.ts';
import { queryOf, sendFhir } from './negotiate.ts';
import { isObject, type OperationInput, operationInput } from './operation.ts';

type Request = FastifyRequest<{ Params: { readonly type?: string; readonly id?: string } }>;

/** Operations on records (https://hl7.org/fhir/R4/operations.html). */
export function operationRoutes(server: FastifyInstance, api: ApiContext): void {
  const operations = async (request: Request): Promise<RecordOperations> =>
    openOperations(api.context, await authorityOf(api, request));
  /** By GET and by POST: none of these changes anything. */
  const serve = (path: string, answer: (request: Request) => Promise<object>): void => {
    const handle = async (request: Request, reply: FastifyReply): Promise<FastifyReply> =>
      sendFhir(request, reply, await answer(request));
    server.get<{ Params: { type?: string; id?: string } }>(`${FHIR}${path}`, handle);
    server.post<{ Params: { type?: string; id?: string } }>(`${FHIR}${path}`, handle);
  };

  serve('/Patient/$everything', async (request) =>
    (await operations(request)).everything(null, everythingOptions(operationInput(request))),
  );
  serve('/Patient/:id/$everything', async (request) =>
    (await operations(request)).everything(request.params.id ?? '', everythingOptions(operationInput(request))),
  );
  serve('/Observation/$lastn', async (request) => {
    const { query, max } = lastNQuery(request);
    return (await operations(request)).lastN(query, max);
  });
  for (const path of ['/$meta', '/:type/$meta', '/:type/:id/$meta'])
    serve(path, async (request) => {
      const { type = null, id = null } = request.params;
      return (await operations(request)).meta(type, id);
    });
  for (const how of ['add', 'delete'] as const)
    server.post<{ Params: { type: string; id: string } }>(`${FHIR}/:type/:id/$meta-${how}`, async (request, reply) => {
      const { type, id } = request.params;
      const meta = operationInput(request).value('meta');
      if (meta === undefined) throw badRequest(`$meta-${how} needs the parameter meta`);
      const writer = openRecordWriter(api.context, await authorityOf(api, request));
      const { resource } = await writer.changeMeta(type, id, how, meta, conditionsOf(request));
      const parameter = [{ name: 'return', valueMeta: resource.meta }];
      return sendFhir(request, reply, { resourceType: 'Parameters', parameter });
    });
  server.post<{ Params: { type?: string; id?: string } }>(`${FHIR}/Patient/$match`, async (request, reply) => {
    const input = operationInput(request);
    const count = input.whole('count');
    const onlyCertain = input.flag('onlyCertainMatches');
    const described = input.value('resource') ?? input.body;
    if (described === undefined) throw badRequest('$match needs the parameter resource, a Patient');
    const options = { ...(count !== undefined && { count }), ...(onlyCertain !== undefined && { onlyCertain }) };
    return sendFhir(request, reply, await (await operations(request)).match(described, options));
  });
}

/** The query of `$lastn`, also when it was posted; `max` apart. */
function lastNQuery(request: Request): { query: string; max: number | undefined } {
  const input = operationInput(request);
  const { body } = request;
  const given = isObject(body) && Array.isArray(body.parameter) ? body.parameter.filter(isObject) : [];
  const query = new URLSearchParams(queryOf(request));
  for (const name of new Set(given.map((one) => one.name))) {
    if (typeof name !== 'string') continue;
    const own = input.all(name).filter((value) => !query.getAll(name).includes(value));
    for (const value of own) query.append(name, value);
  }
  const max = input.whole('max');
  query.delete('max');
  return { query: query.toString(), max };
}

function everythingOptions(input: OperationInput): EverythingOptions {
  const [start, end, since, cursor] = ['start', 'end', '_since', '_cursor'].map((name) => input.one(name));
  const types = typesOf(input);
  const count = input.whole('_count');
  if (count === 0) throw badRequest('_count must be at least 1');
  return {
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(since !== undefined && { since }),
    ...(cursor !== undefined && { cursor }),
    ...(types.length > 0 && { types }),
    ...(count !== undefined && { count }),
  };
}

/** `_type`, with commas or repeated. */
function typesOf(input: OperationInput): string[] {
  return [...new Set(input.all('_type').flatMap((text) => text.split(',')))].filter((type) => type !== '');
}
