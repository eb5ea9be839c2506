import type { Address, Hex } from 'viem';
import { AnamnesisError } from './errors.ts';

/** Checks of values from outside. Each throws an AnamnesisError with the given code; none quotes the value. */
export type Check<T> = (value: unknown, path: string) => T;

/** The checks of one kind of document; `code` is that of its errors, such as `terms-malformed`. */
export function checks(code: string) {
  const fail = (path: string, expected: string): never => {
    throw new AnamnesisError(code, `${path} must be ${expected}`);
  };

  /** A whole number from `low` to `high`, both included. */
  const whole =
    (low: number, high: number): Check<number> =>
    (value, path) =>
      Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high && !Object.is(value, -0)
        ? (value as number)
        : fail(path, `a whole number from ${low} to ${high}`);

  /** Bytes in hexadecimal with 0x, lower case: `min` to `max` of them. */
  const hex =
    (min: number, max = min): Check<Hex> =>
    (value, path) => {
      if (typeof value !== 'string' || !/^0x(?:[0-9a-f]{2})*$/i.test(value))
        return fail(path, 'hexadecimal bytes after 0x');
      const length = (value.length - 2) / 2;
      return length < min || length > max
        ? fail(path, `${min === max ? min : `${min} to ${max}`} bytes`)
        : (value as Hex);
    };

  const address: Check<Address> = (value, path) =>
    typeof value === 'string' && /^0x[0-9a-f]{40}$/i.test(value)
      ? (value as Address)
      : fail(path, 'an address of 20 bytes');

  /** A text of `min` to `max` UTF-16 code units. */
  const text =
    (min: number, max: number): Check<string> =>
    (value, path) =>
      typeof value === 'string' && value.length >= min && value.length <= max
        ? value
        : fail(path, `a text of ${min} to ${max} characters`);

  /** An object with exactly the given properties, of which those in `optional` may be absent. */
  const object =
    <T extends object>(
      fields: { readonly [K in keyof T]-?: Check<T[K]> },
      optional: readonly (keyof T)[] = [],
    ): Check<T> =>
    (value, path) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object');
      const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
      if (unknown !== undefined) return fail(path, `without the property ${JSON.stringify(unknown.slice(0, 40))}`);
      const result: Partial<T> = {};
      for (const name in fields) {
        const item = (value as Record<string, unknown>)[name];
        if (item === undefined && optional.includes(name)) continue;
        result[name] = fields[name](item, path === '' ? name : `${path}.${name}`);
      }
      return result as T;
    };

  /** An array of at most `max` items. */
  const list =
    <T>(item: Check<T>, max: number): Check<T[]> =>
    (value, path) =>
      Array.isArray(value) && value.length <= max
        ? value.map((one, at) => item(one, `${path}[${at}]`))
        : fail(path, `a list of at most ${max}`);

  const oneOf =
    <const T extends string>(...values: T[]): Check<T> =>
    (value, path) =>
      values.includes(value as T) ? (value as T) : fail(path, values.map((one) => `"${one}"`).join(' or '));

  const nullable =
    <T>(inner: Check<T>): Check<T | null> =>
    (value, path) =>
      value === null ? null : inner(value, path);

  return { fail, whole, hex, address, text, object, list, oneOf, nullable };
}
