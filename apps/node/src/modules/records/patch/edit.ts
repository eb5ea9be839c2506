import { badRequest, literalsOf, withLiteral } from '@anamnesis/protocol';

/** Where a value stands in JSON: property names and array indexes from the root. */
export type Place = readonly (string | number)[];

/** A value with the text of its number, where that is worth keeping (see `LITERALS`). */
export interface Valued {
  readonly value: unknown;
  readonly literal?: string;
}

/** No place is deeper than this: FHIR resources are not, and what walks them recurses. */
export const MAX_DEPTH = 64;

/** The value under a key of an object or array, with its number's text. */
export function valuedAt(holder: object, key: string | number): Valued {
  const value = (holder as Record<string | number, unknown>)[key];
  const literal = literalsOf(holder)?.[key];
  return literal === undefined ? { value } : { value, literal };
}

/** What stands at a place, or undefined where there is nothing. */
export function lookUp(root: unknown, place: Place): Valued | undefined {
  let found: Valued = { value: root };
  for (const key of place) {
    const holder = found.value;
    if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) return undefined;
    found = valuedAt(holder, key);
  }
  return found;
}

/** A copy of the root in which the holder at a place is what `change` makes of it; all that is not on the way is shared. */
export function changeAt(root: unknown, place: Place, change: (holder: object) => unknown): unknown {
  if (typeof root !== 'object' || root === null) throw badRequest('The path leads into a value that has no parts');
  const [key, ...rest] = place;
  if (key === undefined) return change(root);
  const child = (root as Record<string | number, unknown>)[key];
  return withValue(root, key, { value: changeAt(child, rest, change) });
}

/** A copy with another value under a key. */
export function withValue(holder: object, key: string | number, { value, literal }: Valued): object {
  // An own property of this name would be lost or, worse, set the prototype; FHIR has no such element.
  if (key === '__proto__') throw badRequest('The path names no element');
  if (literal !== undefined) return { ...withLiteral(holder, key, literal), [key]: value };
  const copy = copyOf(holder) as Record<string | number, unknown>;
  copy[key] = value;
  return copy;
}

/** A copy without a key; in an array the rest moves up. */
export function without(holder: object, key: string | number): object {
  const copy = copyOf(holder);
  if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete (copy as Record<string, unknown>)[key];
  return copy;
}

/** A copy of an array with a value before the one at `index`. */
export function withInserted(array: readonly unknown[], index: number, value: unknown): unknown[] {
  return array.toSpliced(index, 0, value);
}

function copyOf(holder: object): object {
  return Array.isArray(holder) ? [...holder] : { ...holder };
}

/** Errors: 400 when the value is deeper or larger than any resource: a patch that copies can double what it works on with each step. */
export function requireBounded(value: unknown): void {
  let left = 1_000_000;
  const visit = (item: unknown, depth: number): void => {
    left -= 1;
    if (left < 0 || depth > 2 * MAX_DEPTH) throw badRequest('The patch makes more than a resource can be');
    if (typeof item !== 'object' || item === null) return;
    for (const key in item) visit((item as Record<string, unknown>)[key], depth + 1);
  };
  visit(value, 0);
}
