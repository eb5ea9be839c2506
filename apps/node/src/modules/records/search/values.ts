import { clip, fold } from './fold.ts';
import { dateInterval, EARLIEST, type Interval, LATEST } from './intervals.ts';
import { parseReference, type Target } from './references.ts';
import { canonicalUnit, inBaseUnits, UCUM } from './ucum.ts';

/**
 * How a value of a FHIR type becomes index rows (https://hl7.org/fhir/R4/search.html#table). Values come from outside: what has not the shape of its
 * type gives no row.
 */
type Json = { readonly [key: string]: unknown };

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null ? (value as Json) : undefined;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export interface Token {
  readonly system: string | null;
  readonly code: string;
  readonly text: string | null;
}

const texts = (...values: unknown[]): string | null => {
  const known = values.map(text).filter((value) => value !== undefined);
  return known.length > 0 ? known.map((value) => `\n${fold(value)}`).join('') : null;
};

export function tokensOf(type: string, value: unknown): Token[] {
  const json = object(value);
  switch (type) {
    case 'CodeableConcept': {
      const codings = list(json?.coding).flatMap((coding) => tokensOf('Coding', coding));
      const own = texts(json?.text);
      if (codings.length === 0) return own ? [{ system: '', code: '', text: own }] : [];
      return own
        ? codings.map((token, i) => (i === 0 ? { ...token, text: (token.text ?? '') + own } : token))
        : codings;
    }
    case 'Coding': {
      const code = text(json?.code);
      const display = texts(json?.display);
      if (code === undefined && !display) return [];
      return [{ system: clip(text(json?.system) ?? ''), code: clip(code ?? ''), text: display }];
    }
    case 'Identifier': {
      const code = text(json?.value);
      const label = texts(object(json?.type)?.text);
      if (code === undefined && text(json?.system) === undefined) return [];
      return [{ system: clip(text(json?.system) ?? ''), code: clip(code ?? ''), text: label }];
    }
    case 'ContactPoint': {
      const code = text(json?.value);
      return code === undefined ? [] : [{ system: '', code: clip(code), text: null }];
    }
    default:
      // code, boolean, id, uri, string: the system is implied.
      if (typeof value === 'boolean' || typeof value === 'number')
        return [{ system: null, code: String(value), text: null }];
      return text(value) === undefined ? [] : [{ system: null, code: clip(String(value)), text: null }];
  }
}

const NAME_PARTS = ['text', 'family', 'given', 'prefix', 'suffix'];
const ADDRESS_PARTS = ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'];

export function stringsOf(type: string, value: unknown): string[] {
  const json = object(value);
  if (type === 'HumanName' && json) {
    const parts = NAME_PARTS.flatMap((part) => strings(json[part]));
    const spoken = [...strings(json.given), ...strings(json.family)];
    return spoken.length > 1 ? [...parts, spoken.join(' ')] : parts;
  }
  if (type === 'Address' && json) return ADDRESS_PARTS.flatMap((part) => strings(json[part]));
  return strings(value);
}

function strings(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((entry) => text(entry) ?? []);
}

export function intervalsOf(type: string, value: unknown): Interval[] {
  const json = object(value);
  if (type === 'Period' && json) {
    const start = dateInterval(text(json.start) ?? '');
    const end = dateInterval(text(json.end) ?? '');
    return start || end ? [{ low: start?.low ?? EARLIEST, high: end?.high ?? LATEST }] : [];
  }
  if (type === 'Timing' && json) {
    const bounds = intervalsOf('Period', object(json.repeat)?.boundsPeriod);
    return [...list(json.event).flatMap((event) => intervalsOf('dateTime', event)), ...bounds];
  }
  const interval = typeof value === 'string' ? dateInterval(value) : null;
  return interval ? [interval] : [];
}

export interface Amount extends Interval {
  readonly system: string;
  readonly code: string;
  readonly unit: string;
  readonly base: string | null;
  readonly baseLow: number | null;
  readonly baseHigh: number | null;
}

const UNITLESS = { system: '', code: '', unit: '', base: null, baseLow: null, baseHigh: null };

/** Adds the interval in base units, where the unit is one of UCUM's that is understood. */
function withBase(amount: Omit<Amount, 'base' | 'baseLow' | 'baseHigh'>): Amount {
  const canonical = amount.system === UCUM ? canonicalUnit(amount.code) : null;
  if (!canonical) return { ...amount, base: null, baseLow: null, baseHigh: null };
  const { base } = canonical;
  return {
    ...amount,
    base,
    baseLow: inBaseUnits(canonical, amount.low),
    baseHigh: inBaseUnits(canonical, amount.high),
  };
}

export function amountsOf(type: string, value: unknown): Amount[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [{ low: value, high: value, ...UNITLESS }] : [];
  const json = object(value);
  if (!json) return [];
  if (type === 'Range') {
    const low = amountsOf('Quantity', json.low)[0];
    const high = amountsOf('Quantity', json.high)[0];
    const unit = low ?? high;
    if (!unit) return [];
    const { system, code } = unit;
    const ends = { low: low?.low ?? Number.NEGATIVE_INFINITY, high: high?.high ?? Number.POSITIVE_INFINITY };
    return [withBase({ ...ends, system, code, unit: unit.unit })];
  }
  if (type === 'SampledData') return sampledData(json);
  const number = json.value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return [];
  if (type === 'Money') {
    const currency = clip(text(json.currency) ?? '');
    return [{ ...UNITLESS, low: number, high: number, system: 'urn:iso:std:iso:4217', code: currency, unit: currency }];
  }
  // "< 5" in a result means somewhere below five.
  const comparator = text(json.comparator) ?? '';
  const low = comparator.startsWith('<') ? Number.NEGATIVE_INFINITY : number;
  const high = comparator.startsWith('>') ? Number.POSITIVE_INFINITY : number;
  return [withBase({ low, high, ...unitOf(json) })];
}

function unitOf(json: Json): { system: string; code: string; unit: string } {
  return {
    system: clip(text(json.system) ?? ''),
    code: clip(text(json.code) ?? ''),
    unit: clip(text(json.unit) ?? ''),
  };
}

/** A series stands for the range of its values. */
function sampledData(json: Json): Amount[] {
  const factor = typeof json.factor === 'number' ? json.factor : 1;
  const origin = object(json.origin);
  const zero = typeof origin?.value === 'number' ? origin.value : 0;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const word of (text(json.data) ?? '').split(' ')) {
    const value = word === '' ? Number.NaN : Number(word) * factor + zero;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high && Number.isFinite(low) && Number.isFinite(high) && origin
    ? [withBase({ low, high, ...unitOf(origin) })]
    : [];
}

/** The target of a Reference, a canonical or uri, or an inline resource. `base`: this server's own, as in `parseReference`. */
export function targetOf(type: string, value: unknown, base = ''): Target | null {
  if (typeof value === 'string') return parseReference(value, base);
  const json = object(value);
  if (type === 'Resource') return parseReference(`${text(json?.resourceType) ?? ''}/${text(json?.id) ?? ''}`);
  return parseReference(text(json?.[type === 'Attachment' ? 'url' : 'reference']) ?? '', base);
}

/** The types of an Identifier and its value, each as one token: `system`, `code|value` (https://hl7.org/fhir/R4/search.html#modifiers, `:of-type`). */
export function typedIdentifiersOf(value: unknown): Token[] {
  const json = object(value);
  const own = text(json?.value);
  if (own === undefined) return [];
  return list(object(json?.type)?.coding).flatMap((coding) => {
    const [system, code] = [text(object(coding)?.system), text(object(coding)?.code)];
    return system === undefined || code === undefined
      ? []
      : [{ system: clip(system), code: clip(`${code}|${own}`), text: null }];
  });
}

/** Latitude and longitude of a Location's position. */
export function positionOf(value: unknown): readonly [latitude: number, longitude: number] | null {
  const { latitude, longitude } = object(value) ?? {};
  const number = (one: unknown): one is number => typeof one === 'number' && Number.isFinite(one);
  return number(latitude) && number(longitude) ? [latitude, longitude] : null;
}
