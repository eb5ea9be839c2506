import { badRequest } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type EverythingOptions, openOperations, type RecordOperations } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { FHIR } from './fhir.ts';
import { sendFhir } from './negotiate.ts';
import { type OperationInput, operationInput } from './operation.ts';

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
