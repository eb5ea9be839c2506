import { badRequest, notSupported, OutcomeError, parseJson, tooCostly } from '@anamnesis/protocol';
import { parseIfMatch } from '../apply.ts';
import { type PatchDocument, patchDocument, readPatch } from '../patch/index.ts';
import { checkResource, isId, isTypeName } from '../resource.ts';
import type { FhirResource } from '../search/index.ts';
import { isServedElsewhere } from '../served.ts';

/** Methods in the order in which a transaction is processed (https://hl7.org/fhir/R4/http.html#trules). */
export const ORDER = ['DELETE', 'POST', 'PUT', 'PATCH', 'GET', 'HEAD'] as const;
export type EntryMethod = (typeof ORDER)[number];

/** One entry of a Bundle that is to be processed, checked as far as that goes without the database. */
export interface Entry {
  /** Its place in the Bundle. */
  readonly index: number;
  readonly fullUrl: string | null;
  readonly method: EntryMethod;
  /** Path of `request.url` under the base, such as `Patient/7`, and what follows its question mark. */
  readonly path: readonly string[];
  readonly query: string | null;
  readonly resource: FhirResource | null;
  /** Of PATCH. */
  readonly patch: PatchDocument | null;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  readonly ifModifiedSince: string | null;
  readonly ifNoneExist: string | null;
}

/** An entry, or why it cannot be processed; in a transaction that refuses the whole Bundle. */
export type EntryOrRefusal =
  | Entry
  | { readonly index: number; readonly method: EntryMethod; readonly refused: OutcomeError };

const MAX_ENTRIES = 10_000;

/**
 * Reads a Bundle that is to be processed. In a transaction the first bad entry is thrown; in a batch each bad entry is refused on its own.
 * Errors: 400 for what is no such Bundle, and for a transaction's bad entries (422 when validation fails), naming the entry.
 */
export function readEntries(
  value: unknown,
  base: string,
):
  | { readonly type: 'transaction'; readonly entries: Entry[] }
  | { readonly type: 'batch'; readonly entries: EntryOrRefusal[] } {
  const bundle = value as { resourceType?: unknown; type?: unknown; entry?: unknown } | null;
  if (bundle?.resourceType !== 'Bundle') throw badRequest('The body is not a Bundle');
  const { type, entry = [] } = bundle;
  if (type !== 'transaction' && type !== 'batch') {
    throw badRequest('Only Bundles of type transaction or batch are processed', { expression: ['Bundle.type'] });
  }
  if (!Array.isArray(entry)) throw badRequest('Bundle.entry is not a list', { expression: ['Bundle.entry'] });
  if (entry.length > MAX_ENTRIES) throw tooCostly(`A Bundle has at most ${MAX_ENTRIES} entries`);
  if (type === 'transaction') return { type, entries: entry.map((one, index) => readEntry(one, index, base)) };
  return {
    type,
    entries: entry.map((one, index) => {
      try {
        return readEntry(one, index, base);
      } catch (error) {
        if (error instanceof OutcomeError) return { index, method: 'GET', refused: error };
        throw error;
      }
    }),
  };
}

function readEntry(value: unknown, index: number, base: string): Entry {
  return naming(index, () => {
    const { fullUrl, resource, request } = objectOf(value);
    const { method, url, ifMatch, ifNoneMatch, ifModifiedSince, ifNoneExist } = objectOf(request, 'request');
    const known = ORDER.find((one) => one === method);
    if (known === undefined) throw notSupported('The method is not supported here', { expression: ['request.method'] });
    if (typeof url !== 'string') throw badRequest('The entry has no URL', { expression: ['request.url'] });
    const relative = url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url.replace(/^\//, '');
    const [path = '', query = null] = splitOnce(relative, '?');
    const parts = path.split('/').filter((part) => part !== '');
    const entry: Entry = {
      index,
      fullUrl: optionalText(fullUrl, 'fullUrl'),
      method: known,
      path: parts,
      query,
      resource: known === 'POST' || known === 'PUT' ? checkResource(resource, parts[0]) : null,
      ifMatch: parseIfMatch(optionalText(ifMatch, 'request.ifMatch') ?? undefined) ?? null,
      patch: known === 'PATCH' ? patchIn(resource) : null,
      ifNoneMatch: optionalText(ifNoneMatch, 'request.ifNoneMatch'),
      ifModifiedSince: optionalText(ifModifiedSince, 'request.ifModifiedSince'),
      ifNoneExist: optionalText(ifNoneExist, 'request.ifNoneExist'),
    };
    if (parts[0] !== undefined && isServedElsewhere(parts[0]))
      throw notSupported('Subscriptions are made on their own, not in a Bundle', { expression: ['request.url'] });
    checkTarget(entry);
    return entry;
  });
}

/** POST names a type; PUT and DELETE name a record, or a type and a condition; GET is left to the reader. */
function checkTarget({ method, path, query, resource }: Entry): void {
  const [type, id, ...rest] = path;
  const wrong = (): OutcomeError => badRequest('The URL does not fit the method', { expression: ['request.url'] });
  if (isRead(method)) return;
  if (!isTypeName(type) || rest.length > 0) throw wrong();
  if (method === 'POST') {
    if (id !== undefined || query !== null) throw wrong();
  } else if (id === undefined) {
    if (query === null || query === '') throw wrong();
  } else {
    if (!isId(id) || query !== null) throw wrong();
    if (method === 'PUT' && resource?.id !== id) {
      throw badRequest('The id is not the one in the URL', { expression: ['resource.id'] });
    }
  }
}

/** True for the methods that change nothing. */
export function isRead(method: EntryMethod): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * The patch that an entry carries: Parameters, or a JSON Patch inside a Binary (https://hl7.org/fhir/R4/http.html#jsonpatch-transaction).
 * Errors: 400.
 */
function patchIn(resource: unknown): PatchDocument {
  const { resourceType, contentType, data } = objectOf(resource, 'resource');
  const document = resourceType === 'Binary' ? patchDocument(jsonOf(contentType, data)) : patchDocument(resource);
  readPatch(document);
  return document;
}

function jsonOf(contentType: unknown, data: unknown): unknown {
  if (contentType !== 'application/json-patch+json' || typeof data !== 'string') {
    throw badRequest('A Binary in place of a patch holds a JSON Patch', { expression: ['resource.contentType'] });
  }
  try {
    return parseJson(Buffer.from(data, 'base64').toString('utf8'));
  } catch (cause) {
    throw badRequest('The JSON Patch is no JSON', { expression: ['resource.data'], cause });
  }
}

/** Runs work on an entry; an outcome that it ends in names the entry. */
export function naming<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw named(index, error);
  }
}

/** The error, with `Bundle.entry[index]` before what it names. */
export function named(index: number, error: unknown): unknown {
  if (!(error instanceof OutcomeError)) return error;
  const place = `Bundle.entry[${index}]`;
  const issues = error.issues.map((issue) => ({
    ...issue,
    // What validation calls `Patient.name` is `Bundle.entry[0].resource.name` from outside.
    expression: (issue.expression ?? ['']).map((one) =>
      one === '' ? place : `${place}.${one.replace(/^[A-Z]\w*/, 'resource')}`,
    ),
  }));
  return new OutcomeError(error.status, issues, { cause: error.cause });
}

function objectOf(value: unknown, place = ''): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest('The entry lacks an object', { expression: [place] });
}

function optionalText(value: unknown, place: string): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  throw badRequest('The entry has a value that is not a text', { expression: [place] });
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
