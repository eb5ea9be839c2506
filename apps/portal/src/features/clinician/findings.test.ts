import type { Resource } from '@anamnesis/sdk';
import { describe, expect, test } from 'vitest';
import { findingsOf } from './findings.ts';
import { ageOf, searchFor } from './person.ts';

const allergy = (code: string, status = 'active', verification = 'confirmed'): Resource => ({
  resourceType: 'AllergyIntolerance',
  clinicalStatus: { coding: [{ code: status }] },
  verificationStatus: { coding: [{ code: verification }] },
  code: { coding: [{ system: 'http://snomed.info/sct', code }] },
});
const NONE = '716186003';
const PENICILLIN = '764146007';

describe('what is known', () => {
  test.each([
    ['unknown', []],
    ['some', [allergy(PENICILLIN)]],
    ['none', [allergy(NONE)]],
    ['some', [allergy(NONE), allergy(PENICILLIN)]],
    ['past', [allergy(PENICILLIN, 'resolved')]],
    ['unknown', [allergy(PENICILLIN, 'active', 'entered-in-error')]],
    ['unknown', [allergy(PENICILLIN, 'inactive', 'refuted')]],
  ] as const)('default: %s', (known, resources) => {
    expect(findingsOf(resources, 'allergies').known).toBe(known);
  });

  test('behavior: that nothing is known is not that there is nothing', () => {
    const system = 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips';
    const told = (code: string): Resource => ({ resourceType: 'Condition', code: { coding: [{ system, code }] } });
    expect(findingsOf([told('no-problem-info')], 'problems').known).toBe('unknown');
    expect(findingsOf([told('no-known-problems')], 'problems').known).toBe('none');
  });
});

describe('finding somebody', () => {
  test('default: words are names, a date the birth date, anything else with digits a number', () => {
    expect(searchFor('hale  maria 14.05.1967')).toEqual({ name: ['hale', 'maria'], birthdate: '1967-05-14' });
    expect(searchFor('1967-5-14')).toEqual({ birthdate: '1967-05-14' });
    expect(searchFor('60931407121571')).toEqual({ identifier: '60931407121571' });
  });

  test('error: one letter is too little', () => {
    expect([searchFor(''), searchFor(' m ')]).toEqual([null, null]);
  });

  test('behavior: the age is in full years, and of an unreadable date none', () => {
    const now = new Date(2026, 10, 23);
    expect([ageOf('1967-11-23', now), ageOf('1967-11-24', now), ageOf('1967', now), ageOf('soon', now)]).toEqual([
      ...[59, 58, 59],
      undefined,
    ]);
  });
});
