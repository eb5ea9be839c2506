import type { App } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { grantedScopes, offerOf } from './offer.ts';
import { formatScope, parseScope, rulesOf, within } from './scopes.ts';

const scope = (text: string) => parseScope(text) as NonNullable<ReturnType<typeof parseScope>>;
const parts = (asked: string, ...allowed: string[]) => within(scope(asked), allowed.map(scope)).map(formatScope);
const LAB = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

describe('scopes', () => {
  test('default: version 2, with letters in their order', () => {
    expect(scope('patient/Observation.rs')).toEqual({
      level: 'patient',
      type: 'Observation',
      actions: 'rs',
      criteria: null,
    });
    expect(scope('system/*.cruds').type).toBe('*');
    for (const wrong of [
      'patient/Observation.sr',
      'patient/Observation.',
      'patient/Nonsense.rs',
      'patient/Observation',
      'Patient/Observation.rs',
      'other/*.rs',
      'openid',
      '',
    ]) {
      expect([wrong, parseScope(wrong)]).toEqual([wrong, null]);
    }
  });

  test('behavior: version 1 means the same in other words', () => {
    expect(['read', 'write', '*'].map((word) => scope(`user/Condition.${word}`).actions)).toEqual([
      'rs',
      'cud',
      'cruds',
    ]);
  });

  test('behavior: a restriction is for what is seen, in parameters that the type has', () => {
    expect(formatScope(scope(`patient/Observation.cruds?${LAB}`))).toBe(`patient/Observation.rs?${LAB}`);
    for (const wrong of [
      `patient/Observation.cud?${LAB}`,
      `patient/*.rs?${LAB}`,
      `patient/Observation.read?${LAB}`,
      'patient/Observation.rs?nonsense=1',
      'patient/Observation.rs?subject:Patient.name=x',
      'patient/Observation.rs?_has:Observation:subject:code=x',
      'patient/Observation.rs?_id=1',
      'patient/Observation.rs?category:not=laboratory',
      'patient/Observation.rs?date=yesterday',
      'patient/Observation.rs?category=',
      'patient/Observation.rs?',
    ]) {
      expect([wrong, parseScope(wrong)]).toEqual([wrong, null]);
    }
  });

  test('behavior: what is asked for is cut to what is allowed', () => {
    expect(parts('patient/*.cruds', 'patient/Observation.rs', 'patient/Condition.r')).toEqual([
      'patient/Observation.rs',
      'patient/Condition.r',
    ]);
    expect(parts('patient/Observation.rs', 'patient/*.cruds')).toEqual(['patient/Observation.rs']);
    expect(parts('patient/Observation.rs', `patient/Observation.rs?${LAB}`)).toEqual([`patient/Observation.rs?${LAB}`]);
    expect(parts(`patient/Observation.rs?${LAB}`, 'patient/*.rs')).toEqual([`patient/Observation.rs?${LAB}`]);
    expect(parts(`patient/Observation.rs?${LAB}`, 'patient/Observation.rs?status=final')).toEqual([
      `patient/Observation.rs?${LAB}&status=final`,
    ]);
    expect(parts('user/Observation.rs', 'patient/*.cruds')).toEqual([]);
    expect(parts('patient/Observation.cud', `patient/Observation.rs?${LAB}`)).toEqual([]);
  });

  test('behavior: without a patient the scopes of one give no rule, and a reader gets none to write', () => {
    expect(rulesOf([scope('patient/*.cruds')], { patient: null, readOnly: false })).toEqual([]);
    expect(
      rulesOf([scope('patient/*.cruds'), scope('user/Condition.cud')], { patient: 'maria', readOnly: true }),
    ).toEqual([{ type: null, actions: 'rs', patient: 'maria', criteria: null }]);
  });
});

describe('what is offered and granted', () => {
  const app = { scope: 'openid offline_access patient/*.cruds patient/*.read' } as App;
  const chosen = (...fields: string[]) => new Set(fields);

  test('default: all of it left in is told in the words of the request', () => {
    const offer = offerOf('openid patient/Condition.* patient/Observation.rs', app, { readOnly: false });
    expect(offer.parts.map(({ scope: part }) => formatScope(part))).toEqual([
      'patient/Condition.rs',
      'patient/Condition.cud',
      'patient/Observation.rs',
    ]);
    expect(grantedScopes(offer, chosen('p0', 'p1', 'p2'))).toEqual([
      'openid',
      'patient/Condition.*',
      'patient/Observation.rs',
    ]);
    expect(grantedScopes(offer, chosen('p1'))).toEqual(['openid', 'patient/Condition.cud']);
  });

  test('behavior: a wildcard is narrowed to types', () => {
    const offer = offerOf('patient/*.read', app, { readOnly: false });
    expect(grantedScopes(offer, chosen('p0.Observation', 'p0.Condition', 'p0.Nonsense'))).toEqual([
      'patient/Condition.rs',
      'patient/Observation.rs',
    ]);
    expect(grantedScopes(offer, chosen('p0', 'p0.Observation'))).toEqual(['patient/*.read']);
  });

  test('behavior: staying connected can be taken out; what was not registered is not offered', () => {
    const offer = offerOf('openid fhirUser offline_access patient/Observation.rs user/*.rs', app, { readOnly: false });
    expect(grantedScopes(offer, chosen('p0', 'p1'))).toEqual(['openid', 'patient/Observation.rs']);
    expect(grantedScopes(offer, chosen('p0', 'offline_access'))).toEqual([
      'openid',
      'offline_access',
      'patient/Observation.rs',
    ]);
  });

  test('behavior: a patient is not asked what she may not do herself', () => {
    const offer = offerOf('patient/*.cruds', app, { readOnly: true });
    expect(offer.parts.map(({ scope: part }) => formatScope(part))).toEqual(['patient/*.rs']);
  });
});
