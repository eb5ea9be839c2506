import { stringifyJson } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import type { Bundle, BundleEntry } from './bundle-types.ts';
import { answerJson, storedEntry } from './stored-entry.ts';

const TEXT = '{"id":"a","resourceType":"Observation","valueQuantity":{"unit":"\\u0001 mg","value":5.00}}';
const stored = () => storedEntry('https://node.example/fhir/R4/Observation/a', TEXT, 'match');
const bundle = (...entry: BundleEntry[]): Bundle => ({ resourceType: 'Bundle', type: 'searchset', total: 1, entry });

describe('entries of stored records', () => {
  test('default: the record’s own text is written, with its digits, as stringifyJson writes what it says', () => {
    const outcome: BundleEntry = { resource: { resourceType: 'OperationOutcome' }, search: { mode: 'outcome' } };
    const written = answerJson(bundle(stored(), outcome));
    expect(written).toContain(`"resource":${TEXT},`);
    expect(written).toBe(stringifyJson(bundle(stored(), outcome)));
    expect(answerJson(bundle())).toBe(stringifyJson(bundle()));
    expect(answerJson([1])).toBe('[1]');
    expect(answerJson(null)).toBe('null');
  });

  test('behavior: what was looked into is written as it is now, and so is a copy', () => {
    const entry = stored();
    (entry.resource as { status?: string }).status = 'final';
    expect(answerJson(bundle(entry))).toContain('"value":5.00},"status":"final"}');
    const changed = { ...stored(), resource: { resourceType: 'Observation', id: 'b' } };
    expect(answerJson(bundle(changed, stored()))).toContain('"resource":{"resourceType":"Observation","id":"b"}');
    expect(JSON.parse(JSON.stringify(stored()))).toEqual({
      fullUrl: 'https://node.example/fhir/R4/Observation/a',
      resource: JSON.parse(TEXT) as object,
      search: { mode: 'match' },
    });
  });
});
