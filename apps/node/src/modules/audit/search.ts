import { badRequest } from '@anamnesis/protocol';
import type { Queryable } from '../../storage/index.ts';
import type { LogContext } from './context.ts';
import { type AccessRange, type LoggedAccess, readAccessLog } from './log.ts';

/**
 * FHIR search on the access log (https://hl7.org/fhir/R4/auditevent.html#search). Entries are encrypted and have no index in clear, which would tell the
 * database's reader who looked at whom: patient and time are found by their columns, everything else is looked up in the opened entries.
 */
export interface AccessSearch extends AccessRange {
  /** At most so many on a page. */
  readonly count: number;
  /** What an entry must meet besides: all of them. */
  readonly tests: readonly ((event: Event) => boolean)[];
  /** Parameters that are not known here. */
  readonly ignored: readonly string[];
}

/** What is looked at in an AuditEvent. */
interface Event {
  readonly id?: string;
  readonly type?: Coding;
  readonly subtype?: readonly Coding[];
  readonly action?: string;
  readonly outcome?: string;
  readonly purposeOfEvent?: readonly Concept[];
  readonly agent?: readonly {
    readonly type?: Concept;
    readonly who?: Reference;
    readonly name?: string;
    readonly policy?: readonly string[];
    readonly network?: { readonly address?: string };
  }[];
  readonly source?: { readonly observer?: Reference };
  readonly entity?: readonly { readonly what?: Reference; readonly type?: Coding; readonly role?: Coding }[];
}
interface Coding {
  readonly system?: string;
  readonly code?: string;
}
interface Concept {
  readonly coding?: readonly Coding[];
}
interface Reference {
  readonly reference?: string;
  readonly display?: string;
  readonly identifier?: { readonly system?: string; readonly value?: string };
}

type Reader = (event: Event) => readonly (string | Coding | Reference | undefined)[];

const agents = (event: Event) => event.agent ?? [];
const entities = (event: Event) => event.entity ?? [];
const identifiers = (references: readonly (Reference | undefined)[]): Coding[] =>
  references.flatMap((one) =>
    one?.identifier?.value === undefined
      ? []
      : [{ ...(one.identifier.system && { system: one.identifier.system }), code: one.identifier.value }],
  );

const TOKENS: Readonly<Record<string, Reader>> = {
  _id: ({ id }) => [id],
  action: ({ action }) => [action],
  outcome: ({ outcome }) => [outcome],
  type: ({ type }) => [type],
  subtype: ({ subtype }) => subtype ?? [],
  'agent-role': (event) => agents(event).flatMap(({ type }) => type?.coding ?? []),
  'entity-type': (event) => entities(event).map(({ type }) => type),
  'entity-role': (event) => entities(event).map(({ role }) => role),
  'agent:identifier': (event) => identifiers(agents(event).map(({ who }) => who)),
  'entity:identifier': (event) => identifiers(entities(event).map(({ what }) => what)),
  'source:identifier': (event) => identifiers([event.source?.observer]),
};
const REFERENCES: Readonly<Record<string, Reader>> = {
  agent: (event) => agents(event).map(({ who }) => who),
  entity: (event) => entities(event).map(({ what }) => what),
  source: ({ source }) => [source?.observer],
};
const STRINGS: Readonly<Record<string, Reader>> = {
  'agent-name': (event) => agents(event).flatMap(({ name, who }) => [name, who?.display]),
  address: (event) => agents(event).map(({ network }) => network?.address),
};
const URIS: Readonly<Record<string, Reader>> = {
  policy: (event) => agents(event).flatMap(({ policy }) => policy ?? []),
};

/** What can be searched by, for the CapabilityStatement. */
export const ACCESS_PARAMETERS: readonly { readonly name: string; readonly type: string }[] = [
  { name: '_id', type: 'token' },
  { name: 'date', type: 'date' },
  { name: 'patient', type: 'reference' },
  ...['action', 'outcome', 'type', 'subtype', 'agent-role', 'entity-type', 'entity-role'].map((name) => ({
    name,
    type: 'token',
  })),
  ...Object.keys(REFERENCES).map((name) => ({ name, type: 'reference' })),
  ...Object.keys(STRINGS).map((name) => ({ name, type: 'string' })),
  ...Object.keys(URIS).map((name) => ({ name, type: 'uri' })),
];

const DEFAULT_COUNT = 50;
const MAX_COUNT = 1000;
/** So many entries are opened for one page; what is sought may lie behind them, and the link to the next page goes on there. */
const LOOKED_AT = 5_000;
const PORTION = 500;

/**
 * Reads a query. `_before` is this server's own: the place where a page ends. Errors: 400 for a value or a prefix that is not understood.
 */
export function accessSearch(query: string): AccessSearch {
  let range: { patient?: string; before?: number; from?: number; until?: number } = {};
  let count = DEFAULT_COUNT;
  const tests: AccessSearch['tests'][number][] = [];
  const ignored: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    const alternatives = value.split(',').filter((one) => one !== '');
    const base = name.replace(/:identifier$/, '');
    const reader = TOKENS[name] ?? REFERENCES[base] ?? STRINGS[name.replace(/:(contains|exact)$/, '')] ?? URIS[name];
    if (name === '_count') count = Math.min(whole(value, name), MAX_COUNT);
    else if (name === '_before') range = { ...range, before: whole(value, name) };
    else if (name === '_sort') {
      if (value !== '-date') throw badRequest('_sort: the access log is sorted by -date');
    } else if (name === 'date') range = narrowed(range, value);
    else if (/^patient(:Patient)?$/.test(name)) range = { ...range, patient: idOf(value, name) };
    else if (name === '_format' || name === '_pretty' || name === '_summary' || name === '_elements') continue;
    else if (reader === undefined) ignored.push(name);
    else if (TOKENS[name]) tests.push((event) => meets(reader(event), alternatives, isToken));
    else if (URIS[name]) tests.push((event) => meets(reader(event), alternatives, (found, sought) => found === sought));
    else if (REFERENCES[base]) tests.push((event) => meets(reader(event), alternatives, isReference));
    else tests.push((event) => meets(reader(event), alternatives, textTest(name)));
  }
  return { ...range, count, tests, ignored };
}

/**
 * One page of a search, newest first. `next`: what to give as `_before`; null when there is no more. `unreadable` as of the log.
 * @param seen takes out what the caller may not be told, before anything is counted or paged.
 */
export async function searchAccess(
  context: LogContext,
  q: Queryable,
  { count, tests, ignored: _, ...range }: AccessSearch,
  seen?: (entries: readonly LoggedAccess[]) => Promise<readonly LoggedAccess[]>,
): Promise<{
  readonly entries: readonly LoggedAccess[];
  readonly unreadable: readonly number[];
  readonly next: number | null;
}> {
  const entries: LoggedAccess[] = [];
  const unreadable: number[] = [];
  let { before } = range;
  for (let looked = 0; looked < LOOKED_AT; looked += PORTION) {
    // One more than is given tells whether there is another page.
    const wanted = tests.length === 0 && seen === undefined ? count + 1 - entries.length : PORTION;
    const page = await readAccessLog(context, q, {
      ...range,
      ...(before !== undefined && { before }),
      count: wanted,
    });
    unreadable.push(...page.unreadable);
    for (const entry of (await seen?.(page.entries)) ?? page.entries) {
      if (!tests.every((test) => test(entry.event as Event))) continue;
      if (entries.length >= count) return { entries, unreadable, next: entries.at(-1)?.index ?? null };
      entries.push(entry);
    }
    if (page.next === null) return { entries, unreadable, next: null };
    before = page.next;
  }
  return { entries, unreadable, next: before ?? null };
}

function meets(
  found: ReturnType<Reader>,
  sought: readonly string[],
  test: (found: string | Coding | Reference, sought: string) => boolean,
): boolean {
  return found.some((one) => one !== undefined && sought.some((value) => test(one, value)));
}

/** https://hl7.org/fhir/R4/search.html#token */
function isToken(found: string | Coding | Reference, sought: string): boolean {
  const coding: Coding = typeof found === 'string' ? { code: found } : (found as Coding);
  const at = sought.indexOf('|');
  if (at < 0) return coding.code === sought;
  const [system, code] = [sought.slice(0, at), sought.slice(at + 1)];
  return (coding.system ?? '') === system && (code === '' || coding.code === code);
}

/** https://hl7.org/fhir/R4/search.html#reference: `Type/id`, an id, or an address; any version of what is named. */
function isReference(found: string | Coding | Reference, sought: string): boolean {
  const { reference } = found as Reference;
  if (reference === undefined) return false;
  const unversioned = reference.replace(/\/_history\/[^/]+$/, '');
  return reference === sought || unversioned === sought || unversioned.endsWith(`/${sought}`);
}

function textTest(name: string): (found: string | Coding | Reference, sought: string) => boolean {
  const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return (found, sought) => {
    if (typeof found !== 'string') return false;
    if (name.endsWith(':exact')) return found === sought;
    const [text, part] = [fold(found), fold(sought)];
    return name.endsWith(':contains')
      ? text.includes(part)
      : text.split(/\s+/).some((_, at, words) => words.slice(at).join(' ').startsWith(part));
  };
}

/** Narrows a period by one value with its prefix (https://hl7.org/fhir/R4/search.html#date). */
function narrowed<R extends { from?: number; until?: number }>(range: R, value: string): R {
  const [, prefix = '', text = ''] = /^(eq|ge|gt|le|lt|sa|eb)?(\d{4}.*)$/.exec(value) ?? [];
  const [low, high] = periodOf(text);
  const from = (at: number): R => ({ ...range, from: Math.max(range.from ?? at, at) });
  const until = (at: number): R => ({ ...range, until: Math.min(range.until ?? at, at) });
  if (prefix === 'ge') return from(low);
  if (prefix === 'gt' || prefix === 'sa') return from(high);
  if (prefix === 'le') return until(high);
  if (prefix === 'lt' || prefix === 'eb') return until(low);
  return { ...from(low), ...{ until: Math.min(range.until ?? high, high) } };
}

/** Beginning and end (excluded) of what a date, as exact as it is, stands for; milliseconds. Errors: 400. */
export function periodOf(text: string): [number, number] {
  const [, year, month, day, time, seconds, fraction] =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(text) ?? [];
  const isZoned = /(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const low = Date.parse(time === undefined || isZoned ? text : `${text}Z`);
  if (year === undefined || Number.isNaN(low)) throw badRequest('date is not a date with a known prefix');
  if (time !== undefined) {
    return [low, low + (fraction !== undefined ? 1 : seconds !== undefined ? 1_000 : 60_000)];
  }
  if (day !== undefined) return [low, low + 86_400_000];
  return [low, month === undefined ? Date.UTC(Number(year) + 1) : Date.UTC(Number(year), Number(month))];
}

function idOf(value: string, name: string): string {
  const [, id] = /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(value) ?? [];
  if (id === undefined) throw badRequest(`${name} must be one patient`);
  return id;
}

function whole(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a whole number`);
  return Number(text);
}
