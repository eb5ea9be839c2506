/**
 * FHIR makes the precision of a decimal significant: 1.0 is not 1.00 (http://hl7.org/fhir/R4/datatypes.html#decimal), but a JavaScript
 * number forgets it. So the parser keeps the text of every number that would not come back the same, beside the number, in a
 * property of the object or array that holds it. The property's key is a symbol: loops over names and JSON.stringify pass it over,
 * and a spread copies it. A text counts only while it still means the number beside it, so a changed number needs no care.
 */
export const LITERALS: unique symbol = Symbol.for('anamnesis.json.literals') as never;

/** Texts of numbers by property name or array index. */
export type Literals = Record<string, string>;

type Holder = { [LITERALS]?: Literals };

/** The texts kept beside the numbers of an object or array, if any. */
export function literalsOf(holder: object): Literals | undefined {
  return (holder as Holder)[LITERALS];
}

/** How the number at a key of a holder is written: as it was read, or the shortest form of ECMAScript, which RFC 8785 asks for. */
export function numberText(literals: Literals | undefined, key: string | number, value: number): string {
  const literal = literals?.[key];
  return literal !== undefined && Number(literal) === value ? literal : String(value);
}

/**
 * A copy of an object or array that writes the number at `key` as `literal`, for instance `withLiteral(quantity, 'value', '5.0')`.
 * The number itself is not changed.
 */
export function withLiteral<T extends object>(holder: T, key: string | number, literal: string): T {
  const copy: object = Array.isArray(holder) ? [...holder] : { ...holder };
  (copy as Holder)[LITERALS] = { ...literalsOf(holder), [key]: literal };
  return copy as T;
}
