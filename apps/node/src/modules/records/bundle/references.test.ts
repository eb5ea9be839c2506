import { parseJson, stringifyJson } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { conditionalReferences, resolverFor, rewriteLinks, splitConditional } from './references.ts';

const URN = 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
const targets = new Map([
  [URN, 'Patient/7'],
  ['http://a.example/fhir/Patient/1', 'Patient/8'],
  ['Practitioner?identifier=x|1', 'Practitioner/9'],
]);
const rewrite = <T>(value: T, fullUrl: string | null = null): T => rewriteLinks(value, resolverFor(fullUrl, targets));

describe('rewriteLinks', () => {
  test('default: references, urls, extensions and contained resources', () => {
    const resource = {
      subject: { reference: URN },
      performer: [{ reference: 'Practitioner?identifier=x|1' }, { reference: 'Practitioner/4' }],
      extension: [{ url: 'u', extension: [{ url: 'v', valueUrl: URN }] }],
      contained: [{ resourceType: 'Provenance', target: [{ reference: `${URN}#a` }] }],
      instantiatesUri: [URN],
    };
    expect(rewrite(resource)).toEqual({
      subject: { reference: 'Patient/7' },
      performer: [{ reference: 'Practitioner/9' }, { reference: 'Practitioner/4' }],
      extension: [{ url: 'u', extension: [{ url: 'v', valueUrl: 'Patient/7' }] }],
      contained: [{ resourceType: 'Provenance', target: [{ reference: 'Patient/7#a' }] }],
      instantiatesUri: ['Patient/7'],
    });
  });

  test('behavior: identifiers and texts that only look like links stay', () => {
    const resource = {
      identifier: [{ system: URN, value: URN }],
      code: { display: URN },
      extension: [{ valueString: URN }],
    };
    expect(rewrite(resource)).toBe(resource);
  });

  test('behavior: links of the narrative only where they are links', () => {
    const div = `<div>${URN} <a class="x" href="${URN}">a</a><img src = '${URN}'/><a href="urn:uuid:other">b</a></div>`;
    expect(rewrite({ div }).div).toBe(
      `<div>${URN} <a class="x" href="Patient/7">a</a><img src = 'Patient/7'/><a href="urn:uuid:other">b</a></div>`,
    );
  });

  test('behavior: relative references mean the server of the entry that holds them', () => {
    const resource = { subject: { reference: 'Patient/1' } };
    expect(rewrite(resource, 'http://a.example/fhir/Observation/5').subject.reference).toBe('Patient/8');
    expect(rewrite(resource, 'http://b.example/fhir/Observation/5')).toBe(resource);
    expect(rewrite(resource, URN)).toBe(resource);
  });

  test('behavior: numbers keep their digits beside a changed link', () => {
    const value = parseJson(`{"a":[{"value":1.50,"of":{"reference":"${URN}"}}],"b":2.0}`);
    expect(stringifyJson(rewrite(value))).toBe('{"a":[{"value":1.50,"of":{"reference":"Patient/7"}}],"b":2.0}');
  });
});

describe('conditional references', () => {
  test('default: found at any depth, each once', () => {
    const reference = 'Practitioner?identifier=x|1';
    const found = conditionalReferences({
      a: { reference },
      b: [{ c: { reference } }],
      d: { url: 'Patient?x=1' },
      e: { reference: 'Patient/1' },
    });
    expect([...found]).toEqual([reference]);
  });

  test('behavior: split into type and query', () => {
    expect(splitConditional('Practitioner?identifier=a|b?c')).toEqual({
      type: 'Practitioner',
      query: 'identifier=a|b?c',
    });
    expect(splitConditional('Practitioner/1')).toBeNull();
  });
});
