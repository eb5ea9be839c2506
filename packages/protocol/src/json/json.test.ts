import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalize, parseJson, parseStoredJson, stringifyJson, withLiteral } from './index.ts';
import { scanJson } from './scan.ts';

interface Vectors {
  cases: { name: string; input: string; canonical: string }[];
  refused: { name: string; input: string }[];
}
const vectors = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/canonical-json.json', import.meta.url), 'utf8'),
) as Vectors;
const malformed = (message?: string) =>
  expect.objectContaining({ code: 'json-malformed', ...(message && { message: expect.stringContaining(message) }) });

describe('json', () => {
  test.each(vectors.cases)('default: vector, $name', ({ input, canonical }) => {
    expect(canonicalize(parseJson(input))).toBe(canonical);
    expect(canonicalize(parseStoredJson(canonical))).toBe(canonical);
    expect(stringifyJson(parseStoredJson(canonical))).toBe(stringifyJson(parseJson(canonical)));
  });

  test.each(vectors.refused)('error: vector, $name', ({ input }) => {
    expect(() => parseJson(input)).toThrow(malformed());
  });

  test('behavior: digits survive a copy, and give way to a changed number', () => {
    const quantity = parseJson('{"value":5.0,"unit":"mg"}') as { value: number; unit: string };
    expect(quantity.value).toBe(5);
    expect(stringifyJson({ ...quantity, unit: 'g' })).toBe('{"value":5.0,"unit":"g"}');
    quantity.value = 6;
    expect(stringifyJson(quantity)).toBe('{"value":6,"unit":"mg"}');
    expect(stringifyJson(withLiteral(quantity, 'value', '6.00'))).toBe('{"value":6.00,"unit":"mg"}');
    expect(stringifyJson(withLiteral([1, 2], 1, '2.0'))).toBe('[1,2.0]');
    expect(JSON.stringify(parseJson('[1.0]'))).toBe('[1]');
  });

  test('behavior: any value comes back the same, by the quick and by the complete reader', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        const text = JSON.stringify(plain, null, 1);
        fc.pre(!text.includes('__proto__') && !/\\ud/.test(text));
        expect(stringifyJson(parseJson(text))).toBe(stringifyJson(scanJson(text, 64)));
        expect(parseJson(canonicalize(plain))).toEqual(plain);
        expect(stringifyJson(plain)).toBe(JSON.stringify(plain));
        expect(canonicalize(parseJson(text))).toBe(canonicalize(plain));
      }),
      { numRuns: 300 },
    );
  });

  test('behavior: any number is written as it was read', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,17})(\.\d{1,18})?([eE][+-]?[1-9]\d?)?$/);
    fc.assert(
      fc.property(digits, (literal) => {
        const texts = [`{"value":${literal}}`, `[${literal}]`, `{"a":[true,${literal}],"b":1}`];
        for (const text of texts) {
          expect(stringifyJson(parseJson(text))).toBe(text);
          expect(canonicalize(parseStoredJson(text))).toBe(text);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('behavior: what the complete reader refuses, JSON.parse refuses, but for names, surrogates and size', () => {
    const seeds = ['{"a":[1,2.50,"x\\n"],"b":null}', '[{"c":{}},true,-1e2]', '"\\u00e9"'];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.nat(40),
        fc.constantFrom(...'{}[]:,"\\0.eE-+ntu \n/'),
        (text, at, character) => {
          const changed = text.slice(0, at) + character + text.slice(at + 1);
          let native: unknown;
          try {
            native = JSON.parse(changed);
          } catch {
            expect(() => parseJson(changed)).toThrow(malformed());
            return;
          }
          expect(JSON.stringify(parseJson(changed))).toBe(JSON.stringify(native));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('behavior: colons in texts and white space before colons are not names', () => {
    for (const text of [
      '{"a":"\\":\\":"}',
      '{"a" : 1}',
      '{"a"\n\t:1,"b":"\\":"}',
      '{"a":":","b":[":"]}',
      '{":":1}',
      '{"":1}',
    ]) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
    expect(() => parseJson('{"a" : 1, "a": 2}')).toThrow(malformed('given twice'));
    expect(() => parseJson('{"a":":\\":","a":2}')).toThrow(malformed('given twice'));
  });

  test('error: the message tells the position and quotes nothing', () => {
    const text = '{"resourceType":"Patient","name":[{"family":"Secret",}]}';
    expect(() => parseJson(text)).toThrow(malformed('position 53'));
    for (let end = 0; end < text.length; end++) {
      expect(() => parseJson(text.slice(0, end))).toThrow(
        expect.objectContaining({ message: expect.not.stringMatching(/Secret|Patient|family/) }),
      );
    }
  });

  test('error: nested too deep, also where the end is missing', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseJson(nested(64))).toBeDefined();
    for (const text of [
      nested(65),
      nested(500_000),
      '['.repeat(500_000),
      '{"a":'.repeat(100_000),
      `[1.0,${nested(70)}]`,
    ]) {
      expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'json-too-deep' }));
    }
    expect(() => parseJson(nested(3), { maxDepth: 2 })).toThrow(expect.objectContaining({ code: 'json-too-deep' }));
    expect(() => parseJson('[1,2,3]', { maxLength: 6 })).toThrow(expect.objectContaining({ code: 'json-too-large' }));
  });

  test('error: a name that would change a prototype', () => {
    for (const text of ['{"__proto__":{"admin":true}}', '{"\\u005f_proto__":{"admin":true}}']) {
      expect(() => parseJson(text)).toThrow(malformed('not allowed'));
    }
    expect(parseJson('{"constructor":1,"hasOwnProperty":2,"a":"__proto__"}')).toMatchObject({ constructor: 1 });
  });

  test('error: what JSON cannot say', () => {
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      undefined,
      () => 1,
      { a: [1n] },
      { a: Number.NaN },
    ]) {
      expect(() => canonicalize(value)).toThrow(expect.objectContaining({ code: 'json-unwritable' }));
      expect(() => stringifyJson(value)).toThrow(expect.objectContaining({ code: 'json-unwritable' }));
    }
    expect(() => canonicalize({ a: '\ud800' })).toThrow(expect.objectContaining({ code: 'json-unwritable' }));
    expect(() => parseJson('"\ud800"')).toThrow(malformed());
    expect(stringifyJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    expect(canonicalize({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });
});

const examples = fileURLToPath(new URL('../../../../../shared/data/fhir-r4-examples', import.meta.url));
describe.skipIf(!existsSync(examples))('json, on the FHIR R4 examples (skipped where ../shared is absent)', () => {
  test('default: every example comes back with all its digits', () => {
    const files = readdirSync(examples).filter((name) => name.endsWith('.json'));
    expect(files.length).toBeGreaterThan(50);
    for (const name of files) {
      const text = readFileSync(`${examples}/${name}`, 'utf8');
      const value = parseJson(text);
      expect(value).toEqual(scanJson(text, 64));
      const numbers = (json: string) => json.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d[\d.eE+-]*/g);
      expect(numbers(stringifyJson(value))).toEqual(numbers(text));
      expect(canonicalize(parseStoredJson(canonicalize(value)))).toBe(canonicalize(value));
    }
  });
});
