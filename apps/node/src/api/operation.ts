import { badRequest, unsupportedMediaType } from '@anamnesis/protocol';
import type { FastifyRequest } from 'fastify';

type Json = { readonly [key: string]: unknown };

/** What a FHIR operation was called with (https://hl7.org/fhir/R4/operations.html#executing): the query, a Parameters resource, or a resource alone. */
export interface OperationInput {
  /** The values of a primitive parameter as text, in the order in which they were given. */
  all(name: string): readonly string[];
  /** The value of a primitive parameter that is there once at most. Errors: 400 when it is there several times. */
  one(name: string): string | undefined;
  /** A whole number that is not negative. Errors: 400. */
  whole(name: string): number | undefined;
  /** A boolean. Errors: 400. */
  flag(name: string): boolean | undefined;
  /** The value of a parameter of a complex type, such as a Coding, or of the parameter's resource. */
  value(name: string): Json | undefined;
  /** The body, when it is no Parameters resource; undefined without a body. */
  readonly body: unknown;
}

/** Reads the parameters of an operation. Errors: 400 for a body that is no resource, 415. */
export function operationInput(request: FastifyRequest): OperationInput {
  const { body } = request;
  if (body instanceof URLSearchParams) throw unsupportedMediaType();
  if (body !== undefined && body !== null && !isObject(body)) throw badRequest('The body is not a FHIR resource');
  const at = request.url.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : request.url.slice(at + 1));
  const isParameters = isObject(body) && body.resourceType === 'Parameters';
  const given: readonly Json[] = isParameters && Array.isArray(body.parameter) ? body.parameter.filter(isObject) : [];
  const all = (name: string): string[] => [
    ...query.getAll(name),
    ...given.flatMap((parameter) => {
      const value = parameter.name === name ? choiceOf(parameter) : undefined;
      return value === undefined || typeof value === 'object' ? [] : [String(value)];
    }),
  ];
  const one = (name: string): string | undefined => {
    const values = new Set(all(name));
    if (values.size > 1) throw badRequest(`The parameter ${name} may be there only once`);
    const [value] = values;
    return value === '' ? undefined : value;
  };
  return {
    all,
    one,
    whole(name) {
      const value = one(name);
      if (value !== undefined && !/^\d{1,9}$/.test(value)) throw badRequest(`${name} must be a whole number`);
      return value === undefined ? undefined : Number(value);
    },
    flag(name) {
      const value = one(name);
      if (value !== undefined && value !== 'true' && value !== 'false')
        throw badRequest(`${name} must be true or false`);
      return value === undefined ? undefined : value === 'true';
    },
    value(name) {
      const parameter = given.find((candidate) => candidate.name === name);
      const value = parameter && (parameter.resource ?? choiceOf(parameter));
      return isObject(value) ? value : undefined;
    },
    body: isParameters ? undefined : (body ?? undefined),
  };
}

function choiceOf(parameter: Json): unknown {
  const key = Object.keys(parameter).find((name) => /^value[A-Z]/.test(name));
  return key === undefined ? undefined : parameter[key];
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
