import { randomUUID } from 'node:crypto';
import { badRequest, notFound } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authority } from '../modules/consent/index.ts';
import {
  compactCodeSystem,
  compactValueSet,
  type Library,
  layered,
  libraryOf,
  type ValueSetRow,
} from '../modules/library/index.ts';
import {
  type Coded,
  expand,
  lookup,
  type Validated,
  validateInSystem,
  validateInValueSet,
} from '../modules/terminology/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { FHIR } from './fhir.ts';
import { sendFhir } from './negotiate.ts';
import { isObject, type OperationInput, operationInput } from './operation.ts';
import { storedDefinition, withStored } from './stored-definitions.ts';

type GivenCode = Coded & { readonly display?: string };
type Request = FastifyRequest<{ Params: { readonly id?: string } }>;
type Answer = (authority: Authority, input: OperationInput, id: string | undefined) => Promise<object>;

/**
 * Terminology (https://hl7.org/fhir/R4/terminology-service.html) over the definitions of R4, of loaded packages and among the records. What rests on a code
 * system that is not known here, such as SNOMED CT, is said to be so (404, 422 `not-found`): never that a code is wrong.
 */
export function terminologyRoutes(server: FastifyInstance, api: ApiContext): void {
  const serve = (path: string, answer: Answer): void => {
    const handle = async (request: Request, reply: FastifyReply): Promise<FastifyReply> => {
      const authority = await authorityOf(api, request);
      return sendFhir(request, reply, await answer(authority, operationInput(request), request.params.id));
    };
    server.get<{ Params: { id?: string } }>(`${FHIR}/${path}`, handle);
    server.post<{ Params: { id?: string } }>(`${FHIR}/${path}`, handle);
  };

  const expanded: Answer = async (authority, input, id) => {
    const { library, row } = await valueSetOf(api, authority, input, id);
    return expansionOf(library, row, input);
  };
  serve('ValueSet/$expand', expanded);
  serve('ValueSet/:id/$expand', expanded);

  const inValueSet: Answer = async (authority, input, id) => {
    const codings = codingsOf(input);
    const { library, row } = await valueSetOf(api, authority, input, id);
    return parametersOf(validateInValueSet(library, row, codings));
  };
  serve('ValueSet/$validate-code', inValueSet);
  serve('ValueSet/:id/$validate-code', inValueSet);

  const inSystem: Answer = async (authority, input, id) => {
    const codings = codingsOf(input);
    const { library, url } = await codeSystemOf(api, authority, input, id, codings);
    const [first] = codings;
    const fitting = codings.find((coding) => coding.system === url) ?? first;
    if (fitting === undefined) throw badRequest('There is no code to look at');
    if (fitting.system !== undefined && fitting.system !== url) {
      return parametersOf({ result: false, message: `The code is not of the code system ${url}` });
    }
    return parametersOf(validateInSystem(library, url, fitting));
  };
  serve('CodeSystem/$validate-code', inSystem);
  serve('CodeSystem/:id/$validate-code', inSystem);

  serve('CodeSystem/$lookup', async (authority, input) => {
    const [coding] = codingsOf(input);
    if (coding?.system === undefined) throw badRequest('$lookup needs system and code, or coding');
    const version = input.one('version');
    const canonical = version === undefined ? coding.system : `${coding.system}|${version}`;
    const library = await withStored(api, authority, [['CodeSystem', canonical]]);
    return lookedUp(library, canonical, coding.code);
  });
}

/** The value set that is meant: sent along, a record, or by canonical. Errors: 400, 404. */
async function valueSetOf(
  api: ApiContext,
  authority: Authority,
  input: OperationInput,
  id: string | undefined,
): Promise<{ library: Library; row: ValueSetRow }> {
  const inline =
    input.value('valueSet') ??
    (isObject(input.body) && input.body.resourceType === 'ValueSet' ? input.body : undefined);
  const given = id === undefined ? inline : await storedDefinition(api, authority, 'ValueSet', id);
  if (given !== undefined) {
    const row = compactValueSet(given);
    return { library: await withStored(api, authority, [], [row]), row };
  }
  const url = input.one('url');
  if (url === undefined) throw badRequest('A value set is needed: url, valueSet, or ValueSet/id');
  const version = input.one('valueSetVersion');
  const canonical = version === undefined ? url : `${url}|${version}`;
  const library = await withStored(api, authority, [['ValueSet', canonical]]);
  const row = library.find('ValueSet', canonical);
  if (row === undefined) throw notFound('The value set is not known here');
  return { library, row };
}

async function codeSystemOf(
  api: ApiContext,
  authority: Authority,
  input: OperationInput,
  id: string | undefined,
  codings: readonly GivenCode[],
): Promise<{ library: Library; url: string }> {
  const given = id === undefined ? input.value('codeSystem') : await storedDefinition(api, authority, 'CodeSystem', id);
  if (given !== undefined) {
    const row = { ...compactCodeSystem(given), url: typeof given.url === 'string' ? given.url : 'urn:inline' };
    return { library: layered([libraryOf({ CodeSystem: [row] }), api.library]), url: row.url };
  }
  const url = input.one('url') ?? codings[0]?.system;
  if (url === undefined) throw badRequest('A code system is needed: url, codeSystem, or CodeSystem/id');
  return { library: await withStored(api, authority, [['CodeSystem', url]]), url };
}

/** The code that is asked about: code (with system and display), coding, or each coding of codeableConcept. Errors: 400. */
function codingsOf(input: OperationInput): GivenCode[] {
  const concept = input.value('codeableConcept')?.coding;
  const codings = [input.value('coding'), ...(Array.isArray(concept) ? concept : [])].filter(isObject);
  const code = input.one('code');
  const [system, display] = [input.one('system'), input.one('display')];
  const given = [...(code === undefined ? [] : [{ system, code, display }]), ...codings].flatMap((one) => {
    if (typeof one.code !== 'string') return [];
    return [
      {
        code: one.code,
        ...(typeof one.system === 'string' && { system: one.system }),
        ...(typeof one.display === 'string' && { display: one.display }),
      },
    ];
  });
  if (given.length === 0) throw badRequest('A code is needed: code, coding or codeableConcept');
  return given;
}

function expansionOf(library: Library, row: ValueSetRow, input: OperationInput): object {
  const filter = input.one('filter');
  const offset = input.whole('offset');
  const count = input.whole('count');
  const activeOnly = input.flag('activeOnly');
  const options = {
    ...(filter !== undefined && { filter }),
    ...(offset !== undefined && { offset }),
    ...(count !== undefined && { count }),
    ...(activeOnly !== undefined && { activeOnly }),
  };
  const { total, contains } = expand(library, row, options);
  const parameter = Object.entries(options).map(([name, value]) => ({
    name,
    ...(typeof value === 'string'
      ? { valueString: value }
      : typeof value === 'number'
        ? { valueInteger: value }
        : { valueBoolean: value }),
  }));
  const { url, version, name, title, status } = row;
  return {
    resourceType: 'ValueSet',
    ...(url !== undefined && { url }),
    ...(version !== undefined && { version }),
    ...(name !== undefined && { name }),
    ...(title !== undefined && { title }),
    status: status ?? 'active',
    expansion: {
      identifier: `urn:uuid:${randomUUID()}`,
      timestamp: new Date().toISOString(),
      total,
      offset: offset ?? 0,
      ...(parameter.length > 0 && { parameter }),
      ...(contains.length > 0 && { contains }),
    },
  };
}

function parametersOf({ result, message, display, code, system }: Validated): object {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: result },
      ...(message === undefined ? [] : [{ name: 'message', valueString: message }]),
      ...(display === undefined ? [] : [{ name: 'display', valueString: display }]),
      ...(code === undefined ? [] : [{ name: 'code', valueCode: code }]),
      ...(system === undefined ? [] : [{ name: 'system', valueUri: system }]),
    ],
  };
}

function lookedUp(library: Library, system: string, code: string): object {
  const { name, version, concept } = lookup(library, system, code);
  const property = (named: string, value: object) => ({
    name: 'property',
    part: [
      { name: 'code', valueCode: named },
      { name: 'value', ...value },
    ],
  });
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'name', valueString: name },
      ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
      { name: 'display', valueString: concept.display ?? concept.code },
      ...(concept.abstract ? [property('notSelectable', { valueBoolean: true })] : []),
      ...(concept.inactive ? [property('inactive', { valueBoolean: true })] : []),
      ...concept.parents.map((parent) => property('parent', { valueCode: parent })),
      ...concept.children.map((child) => property('child', { valueCode: child })),
    ],
  };
}
