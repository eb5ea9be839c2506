import { OutcomeError } from '@anamnesis/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerJson, type Returned } from '../modules/records/index.ts';
import { prettyJson } from './pretty.ts';

/** The media type of FHIR in JSON (https://hl7.org/fhir/R4/http.html#mime-type). */
export const FHIR_JSON = 'application/fhir+json; charset=utf-8';

/** How an answer is written. */
export interface Format {
  readonly type: string;
  readonly pretty: boolean;
}

const DEFAULT: Format = { type: FHIR_JSON, pretty: false };
const FHIR_TYPES = new Set(['application/fhir+json', 'application/json+fhir']);
const JSON_TYPES = new Set([...FHIR_TYPES, 'application/json', 'text/json']);

/** The query as it was sent, percent-encoded, without `?`. */
export function queryOf(request: FastifyRequest): string {
  const at = request.url.indexOf('?');
  return at < 0 ? '' : request.url.slice(at + 1);
}

export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * The format that a request asks for: by `_format`, otherwise by `Accept` (https://hl7.org/fhir/R4/http.html#parameters). Only JSON is written; plain
 * `application/json` is answered as such. Errors: 406 for anything else, and for another version of FHIR than 4.0.
 */
export function formatOf(request: FastifyRequest): Format {
  const query = queryOf(request);
  const { accept } = request.headers;
  const asked = query.includes('_format') || query.includes('_pretty') ? new URLSearchParams(query) : null;
  if (asked === null && (accept === undefined || accept === '*/*')) return DEFAULT;
  const pretty = asked?.get('_pretty') === 'true';
  const format = asked?.get('_format') ?? null;
  if (format !== null) return { type: ofFormat(format), pretty };
  const best = accept === undefined ? '*/*' : mediaRanges(accept).find(isJson);
  if (best === undefined) throw notAcceptable();
  return { type: best.split(';')[0] === 'application/json' ? 'application/json; charset=utf-8' : FHIR_JSON, pretty };
}

/** `_format` takes the short word and each media type; a `+` that was not percent-encoded arrives as a blank. */
function ofFormat(text: string): string {
  const format = text.trim().toLowerCase().replace(' ', '+');
  if (format === 'json' || isJson(format))
    return format === 'application/json' ? `${format}; charset=utf-8` : FHIR_JSON;
  throw notAcceptable();
}

/** The media ranges of an Accept header in lower case, the most wanted first. */
export function mediaRanges(accept: string): string[] {
  const ranges = accept.toLowerCase().split(',').slice(0, 64);
  const weighted = ranges.map((range) => {
    const [, weight] = /;\s*q=([\d.]{1,5})/.exec(range) ?? [];
    return { range: range.replace(/;\s*q=[\d.]*/, '').trim(), weight: weight === undefined ? 1 : Number(weight) };
  });
  return weighted
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ range }) => range);
}

/** Whether a media range asks for FHIR itself, and not for just any JSON. */
export function isFhirType(range: string): boolean {
  return FHIR_TYPES.has(range.split(';')[0]?.trim() ?? '');
}

function isJson(range: string): boolean {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  const version = parameters.find((parameter) => parameter.startsWith('fhirversion='))?.slice('fhirversion='.length);
  if (version !== undefined && !/^"?4\.0(?:\.1)?"?$/.test(version)) return false;
  return JSON_TYPES.has(type) || type === '*/*' || type === 'application/*';
}

function notAcceptable(): OutcomeError {
  const diagnostics = 'This server writes FHIR 4.0 as JSON (application/fhir+json) and no other format, XML neither';
  return new OutcomeError(406, [{ severity: 'error', code: 'not-supported', diagnostics }]);
}

/** Answers with a resource in the format that the request asks for. */
export function sendFhir(request: FastifyRequest, reply: FastifyReply, body: unknown, status = 200): FastifyReply {
  const { type, pretty } = formatOf(request);
  reply.status(status).type(type);
  return (pretty ? reply.serializer((payload) => prettyJson(answerJson(payload))) : reply).send(body);
}

/** What the client prefers (RFC 7240, https://hl7.org/fhir/R4/http.html#ops). */
export interface Preferences {
  /** What the answer to a write holds; null leaves it to the interaction. */
  readonly returns: Returned | null;
  /** Refuse parameters that are not known, instead of ignoring them. */
  readonly strict: boolean;
}

/** Reads the Prefer header; what it says beyond FHIR is not looked at. */
export function preferencesOf(request: FastifyRequest): Preferences {
  const words = (headerOf(request, 'prefer') ?? '').split(/[,;]/).map((word) => word.trim().toLowerCase());
  const returned = words.find((word) => word.startsWith('return='))?.slice('return='.length);
  return {
    returns:
      returned === 'minimal' || returned === 'representation'
        ? returned
        : returned === 'operationoutcome'
          ? 'OperationOutcome'
          : null,
    strict: words.includes('handling=strict'),
  };
}
