import { badRequest, notSupported } from '@anamnesis/protocol';
import type { Cursor } from './cursor.ts';
import { TABLE_OF } from './matching.ts';
import { parameterOf, type TypedParameter } from './parameters.ts';
import { paramIn, type Statement } from './statement.ts';

/** One expression by which matches are ordered; never null, so that a place in the order can be told by comparing. */
export interface OrderKey {
  readonly sql: string;
  readonly descending: boolean;
  /** SQL type of the expression, to which a cursor's value is cast. */
  readonly type: 'bigint' | 'text' | 'double precision' | 'timestamptz';
}

interface Sorted {
  readonly low: string;
  readonly high: string;
  readonly type: OrderKey['type'];
  /** What stands for no value: beyond all values, so that it comes last in either direction. */
  readonly last: string;
  readonly lastDescending: string;
}

const TEXT = { type: 'text', last: `U&'\\+10FFFF'`, lastDescending: `''` } as const;
const NUMBER = {
  type: 'double precision',
  last: `'Infinity'::double precision`,
  lastDescending: `'-Infinity'::double precision`,
} as const;

/** What a kind is sorted by: the lowest value when ascending, the highest when descending (https://hl7.org/fhir/R4/search.html#sort). */
const SORTED: { readonly [kind: string]: Sorted | undefined } = {
  token: { low: 'code', high: 'code', ...TEXT },
  uri: { low: 'code', high: 'code', ...TEXT },
  string: { low: 'folded', high: 'folded', ...TEXT },
  date: { low: 'low', high: 'high', type: 'bigint', last: '9007199254740991', lastDescending: '-9007199254740991' },
  number: { low: 'low', high: 'high', ...NUMBER },
  quantity: { low: 'coalesce(base_low, low)', high: 'coalesce(base_high, high)', ...NUMBER },
  reference: { low: 'target_id', high: 'target_id', ...TEXT },
};

/**
 * The keys of `_sort`, ending in the row so that the order is total: pages neither repeat nor lose a match. Records without a value come last.
 * Codes that the types do not have are passed to `unknown`.
 * @throws OutcomeError 400 for a parameter that cannot be sorted by.
 */
export function orderOf(
  statement: Statement,
  types: readonly string[],
  sort: readonly { readonly code: string; readonly descending: boolean }[],
  unknown: (code: string) => void,
): OrderKey[] {
  const keys: OrderKey[] = [];
  for (const { code, descending } of sort) {
    const parameter = parameterOf(types, code);
    if (!parameter) unknown(code);
    else keys.push(keyOf(statement, parameter, descending));
  }
  return [...keys, { sql: statement.row('r'), descending: keys.at(0)?.descending ?? false, type: 'bigint' }];
}

function keyOf(statement: Statement, parameter: TypedParameter, descending: boolean): OrderKey {
  if (parameter.code === '_id') return { sql: 'r.id collate "C"', descending, type: 'text' };
  if (parameter.code === '_lastUpdated') return { sql: 'r.last_updated', descending, type: 'timestamptz' };
  const by = SORTED[parameter.kind];
  if (!by || parameter.ids.length === 0) throw notSupported(`_sort by ${parameter.code} is not supported`);
  const row = statement.alias();
  const best = descending ? `max(${by.high})` : `min(${by.low})`;
  const only = parameter.only === null ? '' : ` and ${row}.target_type = '${parameter.only}'`;
  const from = `${TABLE_OF[parameter.kind]} ${row} where ${row}.row_id = ${statement.row('r')} and ${paramIn(row, parameter.ids)}${only}`;
  const none = descending ? by.lastDescending : by.last;
  return { sql: `coalesce((select ${best} from ${from}), ${none})`, descending, type: by.type };
}

/** What comes after the cursor's place (or before it, backwards), over the columns k0, k1, … of the matches. */
export function beyondCursor(statement: Statement, keys: readonly OrderKey[], cursor: Cursor): string {
  const place = placeOf(cursor, keys);
  return keys.reduceRight((rest, { descending, type }, i) => {
    const at = `${statement.bind(place[i])}::${type}`;
    const beyond = `k${i} ${descending !== cursor.backwards ? '<' : '>'} ${at}`;
    return rest === '' ? beyond : `(${beyond} or (k${i} = ${at} and ${rest}))`;
  }, '');
}

/** The values of a row's sort keys as a cursor keeps them. */
export function placeAt(row: { readonly [key: `k${number}`]: unknown }, keys: readonly OrderKey[]): unknown[] {
  return keys.map((_, i) => {
    const value = row[`k${i}`];
    if (value instanceof Date) return value.toISOString();
    return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? String(value) : value;
  });
}

/** What a cursor holds was made here; it may be of an older version of this code. */
function placeOf({ place }: Cursor, keys: readonly OrderKey[]): readonly unknown[] {
  const fit = Array.isArray(place) && place.length === keys.length && keys.every(({ type }, i) => fits(place[i], type));
  if (!fit) throw badRequest('_cursor is not from a page of this search');
  return place;
}

function fits(value: unknown, type: OrderKey['type']): boolean {
  if (type === 'text') return typeof value === 'string' && !value.includes('\0');
  if (type === 'timestamptz') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  // JSON has no infinity; open ends of ranges come as text.
  if (type === 'double precision') return typeof value === 'number' || value === 'Infinity' || value === '-Infinity';
  return Number.isSafeInteger(value);
}
