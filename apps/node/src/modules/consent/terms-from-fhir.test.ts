import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  maskOf,
  maskOfAll,
  PURPOSES,
  recipientOf,
  SENSITIVE,
} from '@anamnesis/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderConsent, termsFromConsent } from './index.ts';

const known = { id: `0x${'ab'.repeat(32)}`, patient: 'maria', custodian: 1, holds: true, receivedAt: 0 } as const;
const terms: ConsentTerms = {
  ...{
    subject: `0x${'11'.repeat(20)}`,
    epoch: 0,
    index: 0,
    grantee: 2,
    recipient: ANYONE,
    salt: `0x${'00'.repeat(32)}`,
  },
  ...{
    categories: maskOf(CATEGORIES, ['laboratory']),
    sensitive: 0,
    purposes: maskOf(PURPOSES, ['TREAT']),
    actions: 1,
  },
  ...{ careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END, validFrom: 1_700_000_000, validUntil: 1_800_000_000 },
};
type Provision = { [element: string]: unknown };
const rendered = (change: Partial<ConsentTerms> = {}) =>
  renderConsent({ ...terms, ...change }, known) as { provision: { provision: [Provision] } & Provision };

test('default: terms become a FHIR Consent and come back the same, whatever they say', () => {
  const mask = (table: Parameters<typeof maskOfAll>[0]) => fc.integer({ min: 1, max: maskOfAll(table) });
  const second = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 });
  const any = fc.record({
    grantee: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    recipient: fc.constantFrom(ANYONE, recipientOf('Practitioner/7')),
    categories: mask(CATEGORIES),
    sensitive: fc.integer({ min: 0, max: maskOfAll(SENSITIVE) }),
    purposes: mask(PURPOSES),
    actions: fc.constantFrom(1, 2, 3),
    care: fc.tuple(second, fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom('both', 'from', 'until', 'none')),
    validFrom: fc.integer({ min: 0, max: 4_000_000_000 }),
  });
  fc.assert(
    fc.property(any, ({ care: [from, length, ends], ...some }) => {
      const given = {
        ...some,
        validUntil: some.validFrom + 60,
        careFrom: ends === 'both' || ends === 'from' ? from : CARE_OPEN_START,
        careUntil: ends === 'both' || ends === 'until' ? from + length : CARE_OPEN_END,
      };
      expect(termsFromConsent(rendered(given))).toEqual(given);
    }),
  );
});

test('default: resource types that are all of a category, and a practitioner by name', () => {
  const consent = rendered();
  const [inner] = consent.provision.provision;
  delete inner.code;
  inner.class = ['AllergyIntolerance', 'AdverseEvent'].map((code) => ({
    system: 'http://hl7.org/fhir/resource-types',
    code,
  }));
  (inner.actor as object[]).push({ reference: { reference: 'Practitioner/7' } });
  expect(termsFromConsent(consent)).toMatchObject({
    categories: maskOf(CATEGORIES, ['allergies']),
    recipient: recipientOf('Practitioner/7'),
  });
});

test.each<[string, (inner: Provision, outer: Provision, consent: Provision) => void, string]>([
  [
    'a nested exception',
    (inner) => Object.assign(inner, { provision: [{ type: 'deny' }] }),
    'provision[0].provision cannot be said',
  ],
  ['a single record', (inner) => Object.assign(inner, { data: [] }), 'data cannot be said'],
  [
    'a code',
    (inner) => Object.assign(inner, { code: [{ coding: [{ system: 'http://loinc.org', code: '1' }] }] }),
    'a single code',
  ],
  [
    'a part of a category',
    (inner) =>
      Object.assign(inner, {
        code: undefined,
        class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'AdverseEvent' }],
      }),
    'a part of a category',
  ],
  [
    'a part of a sensitive class',
    (inner) =>
      Object.assign(inner, {
        securityLabel: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }],
      }),
    'a part of a sensitive class',
  ],
  [
    'two organisations',
    (inner) => (inner.actor as object[]).push((inner.actor as object[])[0] as object),
    'several organisations',
  ],
  [
    'a group',
    (inner) => (inner.actor as object[]).push({ reference: { reference: 'Group/7' } }),
    'neither an organisation',
  ],
  ['no end', (inner) => Object.assign(inner, { period: { start: '2024' } }), 'no beginning or no end'],
  [
    'a purpose of no table',
    (inner) => Object.assign(inner, { purpose: [{ code: 'X' }] }),
    'a purpose that no table has',
  ],
  [
    'an action',
    (inner) => Object.assign(inner, { action: [{ coding: [{ code: 'correct' }] }] }),
    'neither access nor collect',
  ],
  ['two provisions', (_, outer) => (outer.provision as object[]).push({}), 'not one provision'],
  ['a root that permits', (_, outer) => Object.assign(outer, { type: 'permit' }), 'permits what is not said'],
  [
    'a modifier',
    (_, __, consent) => Object.assign(consent, { modifierExtension: [] }),
    'modifierExtension cannot be said',
  ],
])('error: %s is refused with its reason', (_, change, reason) => {
  const consent = rendered();
  const [inner] = consent.provision.provision;
  change(inner, consent.provision, consent);
  if (inner.code === undefined) delete inner.code;
  expect(() => termsFromConsent(consent)).toThrow(reason);
});
