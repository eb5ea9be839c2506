import { badRequest } from '@anamnesis/protocol';
import type { SearchKind } from '../definitions.ts';
import { splitEscaped, unescaped } from './escapes.ts';
import { clip, fold } from './fold.ts';
import { dateInterval, numberInterval } from './intervals.ts';
import { parseReference, type Target } from './references.ts';
import { or, type Statement } from './statement.ts';
import type { CodeSet } from './terminology.ts';
import { canonicalUnit, inBaseUnits, UCUM } from './ucum.ts';

/** Above every character, so that `prefix` ≤ x < `prefix` + LAST holds for what begins with the prefix, in collation "C". */
const LAST = '\u{10ffff}';

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s;

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

function prefixed(value: string): readonly [Prefix, string] {
  const [, prefix = 'eq', rest = ''] = PREFIXED.exec(value) ?? [];
  return [prefix as Prefix, rest];
}

/** The index table in which the values of a kind are. */
export const TABLE_OF: { readonly [kind in SearchKind]?: string } = {
  token: 'search_token',
  uri: 'search_token',
  string: 'search_string',
  date: 'search_date',
  number: 'search_quantity',
  quantity: 'search_quantity',
  reference: 'search_reference',
  special: 'search_quantity',
};

/** How one value (with its escapes) is compared with a row of the kind's index table. */
type Match = (statement: Statement, alias: string, value: string, code: string) => string;

/** Modifiers of each kind and how they compare; '' is none. `missing`, that `not` and `not-in` negate, and chains are dealt with outside. */
export const MATCHES: { readonly [kind: string]: { readonly [modifier: string]: Match } } = {
  token: {
    ...{ '': token, not: token, text: tokenText, 'of-type': ofType },
    ...{ in: inValueSet, 'not-in': inValueSet, above: inHierarchy('above'), below: inHierarchy('below') },
  },
  uri: { '': uri, below: uriBelow, above: uriAbove },
  string: { '': stringPrefix, exact: stringExact, contains: stringContains },
  date: { '': date },
  number: { '': number },
  quantity: { '': quantity },
  reference: { '': reference },
  special: { '': near },
};

function token({ bind }: Statement, alias: string, value: string, name: string): string {
  const [first = '', second, ...more] = splitEscaped(value, '|').map((part) => clip(unescaped(part)));
  if (more.length > 0 || (first === '' && (second ?? '') === ''))
    throw badRequest(`The value of ${name} is not [system|]code`);
  if (second === undefined) return `${alias}.code = ${bind(first)}`;
  if (first === '') return `${alias}.code = ${bind(second)} and (${alias}.system = '' or ${alias}.system is null)`;
  if (second === '') return `${alias}.system = ${bind(first)}`;
  return `${alias}.code = ${bind(second)} and (${alias}.system = ${bind(first)} or ${alias}.system is null)`;
}

function tokenText({ bind }: Statement, alias: string, value: string): string {
  return `position(${bind(`\n${fold(unescaped(value))}`)}::text in ${alias}.text) > 0`;
}

/** `system|code|value`: an Identifier by the coding of its type and its value. */
function ofType({ bind }: Statement, alias: string, value: string, name: string): string {
  const [system = '', code = '', own = '', ...more] = splitEscaped(value, '|').map((part) => unescaped(part));
  if (more.length > 0 || system === '' || code === '' || own === '')
    throw badRequest(`The value of ${name}:of-type is not system|code|value`);
  return `${alias}.code = ${bind(clip(`${code}|${own}`))} and ${alias}.system = ${bind(clip(system))}`;
}

function inValueSet(statement: Statement, alias: string, value: string): string {
  return oneOf(statement, alias, statement.codes({ kind: 'value-set', url: clip(unescaped(value)) }));
}

/** `below`: the code and what it subsumes; `above`: the code and what subsumes it (https://hl7.org/fhir/R4/search.html#token). */
function inHierarchy(kind: 'above' | 'below'): Match {
  return (statement, alias, value, name) => {
    const [system = '', code = '', ...more] = splitEscaped(value, '|').map((part) => clip(unescaped(part)));
    if (more.length > 0 || system === '' || code === '')
      throw badRequest(`The value of ${name}:${kind} is not system|code`);
    return oneOf(statement, alias, statement.codes({ kind, url: system, code }));
  };
}

function oneOf({ bind }: Statement, alias: string, codes: CodeSet): string {
  const systems = [...codes].filter(([, listed]) => listed === null || listed.size > 0);
  return or(
    systems.map(([system, listed]) => {
      const own = `(${alias}.system = ${bind(clip(system))} or ${alias}.system is null)`;
      return listed === null
        ? `${alias}.system = ${bind(clip(system))}`
        : `${alias}.code = any(${bind([...listed].map((code) => clip(code)))}::text[]) and ${own}`;
    }),
  );
}

/** A canonical also matches with a version that the query does not ask for. */
function uri({ bind }: Statement, alias: string, value: string): string {
  const whole = clip(unescaped(value));
  return `${alias}.code = ${bind(whole)} or (${alias}.code >= ${bind(`${whole}|`)} and ${alias}.code < ${bind(`${whole}|${LAST}`)})`;
}

function uriBelow({ bind }: Statement, alias: string, value: string): string {
  const whole = clip(unescaped(value));
  return `${alias}.code >= ${bind(whole)} and ${alias}.code < ${bind(whole + LAST)}`;
}

/** Each address that the path of the value lies below (RFC 3986 section 3.3), and the value itself. */
function uriAbove({ bind }: Statement, alias: string, value: string): string {
  const whole = clip(unescaped(value));
  const above = [...whole.matchAll(/[/:]/g)].flatMap(({ index }) => [whole.slice(0, index), whole.slice(0, index + 1)]);
  return `${alias}.code = any(${bind([whole, ...above])}::text[])`;
}

function stringPrefix({ bind }: Statement, alias: string, value: string): string {
  const folded = fold(unescaped(value));
  return `${alias}.folded >= ${bind(folded)} and ${alias}.folded < ${bind(folded + LAST)}`;
}

function stringExact({ bind }: Statement, alias: string, value: string): string {
  const exact = unescaped(value);
  return `${alias}.folded = ${bind(fold(exact))} and ${alias}.value = ${bind(exact)}`;
}

function stringContains({ bind }: Statement, alias: string, value: string): string {
  return `position(${bind(fold(unescaped(value)))}::text in ${alias}.folded) > 0`;
}

function date(statement: Statement, alias: string, value: string, name: string): string {
  const bind = (at: number) => `${statement.bind(at)}::bigint`;
  return compareDate(value, name, statement.now, `${alias}.low`, `${alias}.high`, bind);
}

/**
 * Compares the interval [low, high] of a row with that of the value, by the prefix (https://hl7.org/fhir/R4/search.html#prefix).
 * `bind` gives the placeholder of a time in milliseconds.
 */
export function compareDate(
  value: string,
  name: string,
  now: number,
  low: string,
  high: string,
  bind: (at: number) => string,
): string {
  const [prefix, text] = prefixed(unescaped(value));
  const interval = dateInterval(text);
  if (!interval) throw badRequest(`The value of ${name} is not a date`);
  const from = interval.low;
  // The first instant after the value; so that columns finer than a millisecond compare rightly.
  const after = interval.high + 1;
  const within = () => `${low} >= ${bind(from)} and ${high} < ${bind(after)}`;
  switch (prefix) {
    case 'eq':
      return within();
    case 'ne':
      return `not (${within()})`;
    case 'gt':
      return `${high} >= ${bind(after)}`;
    case 'lt':
      return `${low} < ${bind(from)}`;
    case 'ge':
      return `${high} >= ${bind(after)} or (${within()})`;
    case 'le':
      return `${low} < ${bind(from)} or (${within()})`;
    case 'sa':
      return `${low} >= ${bind(after)}`;
    case 'eb':
      return `${high} < ${bind(from)}`;
    case 'ap': {
      // A tenth of the gap between now and the value, as the standard recommends.
      const margin = Math.round(Math.abs(now - from) / 10);
      return `${low} < ${bind(after + margin)} and ${high} >= ${bind(from - margin)}`;
    }
  }
}

function number(statement: Statement, alias: string, value: string, name: string): string {
  return compareNumber(statement, value, name, `${alias}.low`, `${alias}.high`, same);
}

const same = (bound: number): number => bound;

/** Compares the interval [low, high] of a row with that of the value; `scaled` takes the value's numbers into the unit of the row. */
function compareNumber(
  { bind }: Statement,
  value: string,
  name: string,
  low: string,
  high: string,
  scaled: (bound: number) => number,
): string {
  const [prefix, text] = prefixed(unescaped(value));
  const given = numberInterval(text);
  if (!given) throw badRequest(`The value of ${name} is not a number`);
  // A number with more digits than arithmetic keeps must still equal itself, in its own unit and in another.
  const exact = scaled(given.value);
  const noise = Math.abs(exact) * (scaled === same ? Number.EPSILON * 2 : 1e-11);
  const least = Math.min(scaled(given.low), scaled === same ? exact : exact - noise);
  const interval = { value: exact, low: least, high: Math.max(scaled(given.high), exact + noise) };
  const at = (bound: number) => `${bind(bound)}::double precision`;
  const within = () => `${low} >= ${at(interval.low)} and ${high} < ${at(interval.high)}`;
  switch (prefix) {
    case 'eq':
      return within();
    case 'ne':
      return `not (${within()})`;
    case 'gt':
      return `${high} > ${at(interval.value)}`;
    case 'lt':
      return `${low} < ${at(interval.value)}`;
    case 'ge':
      return `${high} >= ${at(interval.value)}`;
    case 'le':
      return `${low} <= ${at(interval.value)}`;
    case 'sa':
      return `${low} > ${at(interval.value)}`;
    case 'eb':
      return `${high} < ${at(interval.value)}`;
    case 'ap': {
      const margin = Math.abs(given.value) / 10;
      return `${low} <= ${at(scaled(given.value + margin))} and ${high} >= ${at(scaled(given.value - margin))}`;
    }
  }
}

/** `5.4`, `5.4|http://unitsofmeasure.org|mg` (compared in base units when the unit is understood) or `5.4||mg`, by code or by written unit. */
function quantity(statement: Statement, alias: string, value: string, name: string): string {
  const [amount = '', system = '', code = '', ...more] = splitEscaped(value, '|').map((part) => clip(unescaped(part)));
  if (more.length > 0) throw badRequest(`The value of ${name} is not number|system|code`);
  const canonical = system === UCUM && code !== '' ? canonicalUnit(code) : null;
  if (canonical) {
    const scaled = (bound: number) => inBaseUnits(canonical, bound);
    const compared = compareNumber(statement, amount, name, `${alias}.base_low`, `${alias}.base_high`, scaled);
    return `${alias}.base = ${statement.bind(canonical.base)} and (${compared})`;
  }
  const conditions = [`(${number(statement, alias, amount, name)})`];
  if (system !== '') conditions.push(`${alias}.system = ${statement.bind(system)}`);
  if (code !== '' && system !== '') conditions.push(`${alias}.code = ${statement.bind(code)}`);
  if (code !== '' && system === '')
    conditions.push(or(['code', 'unit'].map((c) => `${alias}.${c} = ${statement.bind(code)}`)));
  return conditions.join(' and ');
}

const EARTH_KM = 6371;
const KILOMETRES: Readonly<Record<string, number>> = {
  km: 1,
  m: 0.001,
  '[mi_i]': 1.609344,
  '[mi_us]': 1.609347,
  mi: 1.609344,
};

/** `latitude|longitude|distance|units`, 50 km when no distance is given (https://hl7.org/fhir/R4/location.html#positional). */
function near({ bind }: Statement, alias: string, value: string, name: string): string {
  const [latitude = '', longitude = '', distance = '50', unit = 'km', ...more] = splitEscaped(value, '|').map(
    unescaped,
  );
  const [lat, long, far] = [latitude, longitude, distance].map((text) => numberInterval(text)?.value ?? Number.NaN);
  const scale = Object.hasOwn(KILOMETRES, unit) ? KILOMETRES[unit] : undefined;
  const wrong = [lat, long, far].some((number) => number === undefined || Number.isNaN(number));
  if (more.length > 0 || wrong || scale === undefined || Math.abs(lat ?? 0) > 90)
    throw badRequest(`The value of ${name} is not latitude|longitude|distance|units`);
  const [a, b] = [`${bind(lat)}::double precision`, `${bind(long)}::double precision`];
  const half = (x: string, y: string) => `power(sin(radians(${x} - ${y}) / 2), 2)`;
  const h = `${half(`${alias}.low`, a)} + cos(radians(${a})) * cos(radians(${alias}.low)) * ${half(`${alias}.high`, b)}`;
  return `${2 * EARTH_KM} * asin(sqrt(least(1, ${h}))) <= ${bind((far ?? 0) * scale)}::double precision`;
}

function reference(statement: Statement, alias: string, value: string): string {
  const text = unescaped(value);
  const plain = !text.includes('/') && !text.includes(':');
  if (plain) return `${alias}.target_id = ${statement.bind(clip(text))} and ${alias}.target_type <> ''`;
  const own = ownTarget(statement.base, text);
  if (own)
    return `${alias}.target_id = ${statement.bind(own.targetId)} and ${alias}.target_type = ${statement.bind(own.targetType)}`;
  const whole = clip(text);
  const versions = `${alias}.target_id >= ${statement.bind(`${whole}|`)} and ${alias}.target_id < ${statement.bind(`${whole}|${LAST}`)}`;
  return `${alias}.target_type = '' and (${alias}.target_id = ${statement.bind(whole)} or (${versions}))`;
}

/** The resource of this server that a reference names, relatively or absolutely; null for any other. */
export function ownTarget(base: string, reference: string): Target | null {
  const target = parseReference(reference, base);
  return target && target.targetType !== '' ? target : null;
}
