import { badRequest, notSupported, tooCostly } from '@anamnesis/protocol';
import { isResourceType, resourceTypes } from '../definitions.ts';
import { type Cursor, openCursor } from './cursor.ts';
import type { SearchRequest } from './types.ts';

/** Answers on a page when the query does not say, and at most. */
const DEFAULT_COUNT = 20;
const MAX_COUNT = 1_000;
const MAX_QUERY_LENGTH = 16_384;
/** A cursor holds a query. */
const MAX_CURSOR_LENGTH = 65_536;
const MAX_CRITERIA = 64;

/** `_include` or `_revinclude`. */
export interface Inclusion {
  readonly reverse: boolean;
  /** Type whose reference is followed; '*' for any. */
  readonly source: string;
  /** Code of the reference parameter; '*' for every reference. */
  readonly code: string;
  /** Only references to (or, reversed, from a match of) this type; '' for any. */
  readonly target: string;
  readonly iterate: boolean;
}

/** A FHIR search query, taken apart but not yet looked up. */
export interface ParsedQuery {
  readonly types: readonly string[];
  /** Search parameters as they were given, in order. */
  readonly criteria: readonly (readonly [name: string, value: string])[];
  /** `-date,_id` taken apart. */
  readonly sort: readonly { readonly code: string; readonly descending: boolean }[];
  readonly inclusions: readonly Inclusion[];
  readonly count: number;
  readonly countOnly: boolean;
  readonly accurateTotal: boolean;
  readonly cursor: Cursor | null;
  /** The query without paging, as later pages repeat it. */
  readonly text: string;
  /** Parameters that shape the answer, as given: they belong into the self link. */
  readonly shape: readonly (readonly [name: string, value: string])[];
  /** Parameters without a value. */
  readonly empty: readonly string[];
}

/** Standard parameters that would change what matches, so that to ignore them would answer another question. */
const UNSUPPORTED = new Set(['_content', '_text', '_query', '_filter', '_containedType', '_contained', '_score']);
/** Values of all parameters together. */
const MAX_ALTERNATIVES = 1_000;
/** Inclusions of one search. */
const MAX_INCLUSIONS = 16;
/** Parameters that are the caller's to obey. */
const SHAPING = new Set(['_format', '_pretty', '_elements']);

/**
 * Takes a query apart (https://hl7.org/fhir/R4/search.html).
 * @throws OutcomeError 400 for what is malformed, too long or not supported.
 */
export function parseQuery(request: SearchRequest): ParsedQuery {
  const { type } = request;
  if (request.query.length > MAX_CURSOR_LENGTH) throw tooCostly('The query is too long');
  const sealed = new URLSearchParams(request.query).get('_cursor');
  const cursor = sealed === null ? null : openCursor(sealed, boundOf(request), request.cursorKey);
  const query = cursor?.query ?? request.query;
  if (query.length > MAX_QUERY_LENGTH) throw tooCostly('The query is too long');
  if (type !== null && !isResourceType(type)) throw badRequest('There is no such resource type');
  const criteria: [string, string][] = [];
  const shape: [string, string][] = [];
  const empty: string[] = [];
  const inclusions: Inclusion[] = [];
  let types = type === null ? resourceTypes() : [type];
  let sort: { code: string; descending: boolean }[] = [];
  let count = DEFAULT_COUNT;
  let countOnly = false;
  let accurateTotal = false;
  for (const [name, value] of new URLSearchParams(query)) {
    if (value.includes('\0') || name.includes('\0')) throw badRequest('The query holds a character that no value has');
    if (value === '') {
      empty.push(name);
      continue;
    }
    const [bare = '', modifier] = name.split(':');
    if (bare === '_include' || bare === '_revinclude') {
      inclusions.push(parseInclusion(bare === '_revinclude', modifier, value));
      shape.push([name, value]);
    } else if (name === '_sort') {
      sort = value.split(',').map((key) => ({ code: key.replace(/^-/, ''), descending: key.startsWith('-') }));
      if (sort.length > 4) throw tooCostly('At most four sort keys');
    } else if (name === '_count') {
      if (!/^\d{1,9}$/.test(value)) throw badRequest('_count is a whole number');
      count = Math.min(Number(value), MAX_COUNT);
      if (count === 0) countOnly = true;
      shape.push([name, String(count)]);
    } else if (name === '_total') {
      if (!['none', 'estimate', 'accurate'].includes(value)) throw badRequest('_total is none, estimate or accurate');
      accurateTotal = value !== 'none';
      shape.push([name, value]);
    } else if (name === '_summary') {
      if (!['true', 'text', 'data', 'count', 'false'].includes(value))
        throw badRequest('_summary is true, text, data, count or false');
      if (value === 'count') countOnly = true;
      shape.push([name, value]);
    } else if (name === '_type' && type === null) {
      types = [...new Set(value.split(','))];
      if (!types.every(isResourceType)) throw badRequest('_type names an unknown resource type');
      shape.push([name, value]);
    } else if (UNSUPPORTED.has(bare) && !(bare === '_contained' && value === 'false')) {
      throw notSupported(`Search parameter ${bare} is not supported`);
    } else if (SHAPING.has(bare)) shape.push([name, value]);
    else criteria.push([name, value]);
  }
  const alternatives = criteria.reduce((sum, [, value]) => sum + value.split(',').length, 0);
  if (alternatives > MAX_ALTERNATIVES) throw tooCostly('The query has too many values');
  if (criteria.length > MAX_CRITERIA || inclusions.length > MAX_INCLUSIONS)
    throw tooCostly('The query has too many parameters');
  return { types, criteria, sort, inclusions, count, countOnly, accurateTotal, cursor, text: query, shape, empty };
}

function parseInclusion(reverse: boolean, modifier: string | undefined, value: string): Inclusion {
  if (modifier !== undefined && modifier !== 'iterate' && modifier !== 'recurse')
    throw notSupported('_include and _revinclude have only :iterate');
  const [source = '', code = '*', target = '', ...more] = value.split(':');
  if (more.length > 0 || !(source === '*' || isResourceType(source)) || (target !== '' && !isResourceType(target)))
    throw badRequest('_include and _revinclude are written [type]:[reference]:[target type]');
  return { reverse, source, code, target, iterate: modifier !== undefined };
}

/** A query out of parameters, with the characters that stand plain in a query left plain. */
export function formatQuery(parameters: readonly (readonly [name: string, value: string])[]): string {
  const plain = (text: string) => encodeURIComponent(text).replace(/%(3A|2C|2F)/g, decodeURIComponent);
  return parameters.map(([name, value]) => `${plain(name)}=${plain(value)}`).join('&');
}

/** What a cursor is good for: the type and the compartment of the search that gave it. */
export function boundOf({ type, compartment }: SearchRequest): string {
  return `search ${type ?? ''} in ${compartment ? `${compartment.type}/${compartment.id}` : ''}`;
}
