import { isObject, type Node, systemTypeOf } from './nodes.ts';

/** Equality of FHIRPath; undefined where it cannot be said (dates of different precision). */
export function equals(left: readonly Node[], right: readonly Node[]): boolean | undefined {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) {
    const same = equalNodes(left[at] as Node, right[at] as Node);
    if (same !== true) return same;
  }
  return true;
}

export function equalNodes(left: Node, right: Node): boolean | undefined {
  const [a, b] = [left.value, right.value];
  if (isObject(a) || isObject(b)) return sameJson(a, b);
  if (a === b) return true;
  const [x, y] = [systemTypeOf(left), systemTypeOf(right)];
  if (isDate(x) && isDate(y) && typeof a === 'string' && typeof b === 'string') {
    const order = compareDates(a, b);
    return order === undefined ? undefined : order === 0;
  }
  return false;
}

/** Equality of JSON, in whatever order properties stand. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, at) => sameJson(one, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

/** Equivalence (`~`): text without case and runs of space, collections without order. */
export function equivalent(left: readonly Node[], right: readonly Node[]): boolean {
  if (left.length !== right.length) return false;
  const rest = [...right];
  return left.every((one) => {
    const at = rest.findIndex((other) => foldedText(one.value) === foldedText(other.value));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

function foldedText(value: unknown): string {
  return typeof value === 'string'
    ? value.toLowerCase().replace(/\s+/g, ' ')
    : JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? foldedText(inner) : inner));
}

const isDate = (type: string | undefined) => type === 'Date' || type === 'DateTime' || type === 'Time';

/** Order of two single values; undefined where it cannot be said. Errors: `TypeError` for values without an order. */
export function order(left: Node, right: Node): number | undefined {
  const [a, b] = [left.value, right.value];
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (isObject(a) && isObject(b)) {
    // Quantities: of one unit only.
    if (typeof a.value !== 'number' || typeof b.value !== 'number') return undefined;
    return (a.code ?? a.unit) === (b.code ?? b.unit) ? a.value - b.value : undefined;
  }
  if (typeof a !== 'string' || typeof b !== 'string') return undefined;
  if (isDate(systemTypeOf(left)) || isDate(systemTypeOf(right))) return compareDates(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const TIME = /^(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?$/;

/** Compares dates or times part by part; undefined where one ends before they differ (http://hl7.org/fhirpath/N1/#comparison). */
export function compareDates(a: string, b: string): number | undefined {
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left === undefined || right === undefined) return undefined;
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [x, y] = [left[at], right[at]];
    if (x === undefined || y === undefined) return undefined;
    if (x !== y) return x - y;
  }
  return 0;
}

function partsOf(text: string): number[] | undefined {
  const time = TIME.exec(text);
  if (time) return numbers(time.slice(1));
  const date = DATE.exec(text);
  if (date === null) return undefined;
  const zone = date[7];
  if (zone === undefined || date[5] === undefined) return numbers(date.slice(1, 7));
  // With a zone: as in UTC, so that instants compare.
  const seconds = date[6] ?? '00';
  const at = new Date(`${text.slice(0, 10)}T${date[4]}:${date[5]}:00${zone}`);
  const utc = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes()];
  return [...utc, Number(seconds)];
}

function numbers(parts: readonly (string | undefined)[]): number[] {
  return parts.filter((part): part is string => part !== undefined).map(Number);
}
