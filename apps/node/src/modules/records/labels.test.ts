import { canonicalize, parseJson, parseStoredJson, SENSITIVE, stringifyJson } from '@anamnesis/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelled, labelledText } from './labels.ts';
import type { FhirResource } from './search/index.ts';

const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const ALL = SENSITIVE.reduce((mask, { bit }) => mask | (1 << bit), 0);

function expectSame(text: string, sensitive: number): void {
  expect(labelledText(text, sensitive)).toBe(stringifyJson(labelled(parseStoredJson(text) as FhirResource, sensitive)));
}

describe('labels in the text of a record', () => {
  test('default: a record of no class stays as it is; one of a class is labelled, and keeps its digits', () => {
    const text = canonicalize(
      parseJson('{"resourceType":"Observation","id":"a","meta":{"versionId":"1"},"valueQuantity":{"value":5.00}}'),
    );
    expect(labelledText(text, 0)).toBe(text);
    for (const { bit } of SENSITIVE) expectSame(text, 1 << bit);
    expectSame(text, ALL);
    expect(labelledText(text, ALL)).toContain('"value":5.00');
    expect(labelledText(text, ALL)).toContain(`"system":"${CONFIDENTIALITY}","code":"R"`);
  });

  test('behavior: neither an inner meta nor a text that looks like one is taken for it', () => {
    const label = { system: CONFIDENTIALITY, code: 'V' };
    const meta = { versionId: '2', security: [label], extension: [{ url: 'urn:x', valueDecimal: 1 }] };
    for (const resource of [
      { resourceType: 'Basic', meta },
      { resourceType: 'Basic', contained: [{ resourceType: 'Basic', meta: { tag: [{}] } }], meta },
      { resourceType: 'Basic', contained: [{ resourceType: 'Basic', meta: { tag: [{}] } }] },
      { resourceType: 'Basic', id: '"meta":{', language: '\\', meta },
      { resourceType: 'Basic', a: 'meta', b: ['"meta":{}', '\\"', '}{]['], meta },
      { resourceType: 'Basic', meta: {} },
    ])
      expectSame(canonicalize(resource), ALL);
  });

  test('behavior: any record is labelled in its text as in itself', () => {
    const json = fc.dictionary(fc.constantFrom('a', 'id', 'meta', 'z', '"', '\\', '{'), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(json, fc.boolean(), fc.integer({ min: 0, max: ALL }), (value, hasMeta, sensitive) => {
        const { meta: _meta, ...rest } = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        const resource = { ...rest, resourceType: 'Basic', ...(hasMeta && { meta: { versionId: '1' } }) };
        fc.pre(!JSON.stringify(resource).includes('\\ud'));
        // Only names that are numbers, which FHIR has none of, come back in another order.
        const text = canonicalize(resource);
        const whole = canonicalize(labelled(parseStoredJson(text) as FhirResource, sensitive));
        expect(canonicalize(parseStoredJson(labelledText(text, sensitive)))).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });
});
