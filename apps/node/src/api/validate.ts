import { badRequest, type Issue, operationOutcome } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authority } from '../modules/consent/index.ts';
import { openRecords, validateFully } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { FHIR } from './fhir.ts';
import { sendFhir } from './negotiate.ts';
import { type OperationInput, operationInput } from './operation.ts';

const MODES = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof MODES)[number];

interface Params {
  readonly type: string;
  readonly id?: string;
}

/**
 * `$validate` (https://hl7.org/fhir/R4/resource-operation-validate.html), at a type and at a record. It answers 200 with an OperationOutcome whatever it finds;
 * 400 when it cannot tell what to look at. A body needs a valid token; what is stored is read under the caller's authority, with an entry in the
 * access log.
 */
export function validateRoutes(server: FastifyInstance, api: ApiContext): void {
  const answer = async (request: FastifyRequest<{ Params: Params }>, reply: FastifyReply): Promise<FastifyReply> => {
    const authority = await authorityOf(api, request);
    const issues = await validated(api, authority, request.params, operationInput(request));
    return sendFhir(request, reply, operationOutcome(issues));
  };
  server.post<{ Params: Params }>(`${FHIR}/:type/$validate`, answer);
  server.get<{ Params: Params }>(`${FHIR}/:type/:id/$validate`, answer);
  server.post<{ Params: Params }>(`${FHIR}/:type/:id/$validate`, answer);
}

async function validated(
  api: ApiContext,
  authority: Authority,
  { type, id }: Params,
  input: OperationInput,
): Promise<readonly Issue[]> {
  const mode = modeOf(input.one('mode'));
  const profiles = input.all('profile').filter((canonical) => canonical !== '');
  if (mode === 'profile' && profiles.length === 0) throw badRequest('The mode profile needs the parameter profile');
  const given = input.body ?? input.value('resource');
  const refusals = refusalsOf(authority, mode);
  if (mode === 'delete') {
    if (id === undefined) throw badRequest('The mode delete is for a record: Type/id/$validate');
    // Errors as for a read: what is not there cannot be deleted.
    await openRecords(api.context, authority).read(type, id);
    return refusals;
  }
  if (given === undefined && id === undefined) throw badRequest('There is no resource to validate');
  const resource = given ?? (await openRecords(api.context, authority).read(type, id as string));
  const { resourceType, id: own } = resource as { resourceType?: unknown; id?: unknown };
  const issues: Issue[] = [...refusals];
  const error = (diagnostics: string, expression: string) =>
    issues.push({ severity: 'error', code: 'invalid', diagnostics, expression: [expression] });
  if (resourceType !== type) error('The resource is not of the type in the URL', 'resourceType');
  if (mode === 'update' && id === undefined && own === undefined) error('An update needs an id', 'id');
  if (mode !== 'create' && id !== undefined && own !== undefined && own !== id)
    error('The id is not the one in the URL', 'id');
  return [...issues, ...validateFully(api.library, resource, { profiles })];
}

function modeOf(text: string | undefined): Mode | undefined {
  if (text === undefined) return undefined;
  const mode = MODES.find((one) => one === text);
  if (mode === undefined) throw badRequest(`mode must be one of ${MODES.join(', ')}`);
  return mode;
}

/** Whether the caller's own write would be refused whatever it holds. */
function refusalsOf(authority: Authority, mode: Mode | undefined): Issue[] {
  if (mode === undefined || mode === 'profile' || authority.actions.has('write')) return [];
  return [{ severity: 'error', code: 'forbidden', diagnostics: 'Who asks may not write' }];
}
