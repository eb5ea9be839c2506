import { describe, expect, test } from 'vitest';
import { compactCodeSystem, compactValueSet, layered, libraryOf, r4Library } from '../library/index.ts';
import { expand, lookup, memberOf, validateInSystem, validateInValueSet } from './index.ts';

const FHIR = 'http://hl7.org/fhir/ValueSet';
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const valueSet = (url: string) => {
  const found = r4Library.find('ValueSet', url);
  if (!found) throw new Error(url);
  return found;
};

const colours = compactCodeSystem({
  url: 'urn:colours',
  content: 'complete',
  caseSensitive: true,
  concept: [
    {
      code: 'warm',
      concept: [
        { code: 'red', display: 'Rót' },
        { code: 'orange', display: 'Orange' },
      ],
    },
    { code: 'blue', display: 'Blue', property: [{ code: 'status', valueCode: 'retired' }] },
  ],
});
const sizes = compactCodeSystem({ url: 'urn:sizes', content: 'complete', concept: [{ code: 'XL' }] });
const sets = [
  {
    url: 'urn:warm',
    compose: {
      include: [{ system: 'urn:colours', filter: [{ property: 'concept', op: 'descendent-of', value: 'warm' }] }],
    },
  },
  { url: 'urn:all', compose: { include: [{ system: 'urn:colours' }], exclude: [{ valueSet: ['urn:warm'] }] } },
  { url: 'urn:mixed', compose: { include: [{ valueSet: ['urn:warm'] }, { system: 'http://snomed.info/sct' }] } },
  { url: 'urn:circle', compose: { include: [{ valueSet: ['urn:circle'] }] } },
];
const library = layered([r4Library, libraryOf({ CodeSystem: [colours, sizes], ValueSet: sets.map(compactValueSet) })]);
const own = (url: string) => library.find('ValueSet', url) as NonNullable<ReturnType<typeof valueSet>>;
const codes = (url: string, options = {}) => expand(library, own(url), options).contains.map((one) => one.code);

describe('membership', () => {
  test('default', () => {
    const gender = `${FHIR}/administrative-gender`;
    expect(memberOf(library, gender, { code: 'female' }).result).toBe(true);
    expect(memberOf(library, gender, { code: 'woman' }).result).toBe(false);
    expect(
      memberOf(library, `${gender}|4.0.1`, { system: 'http://hl7.org/fhir/administrative-gender', code: 'male' })
        .result,
    ).toBe(true);
  });

  test('behavior: a hierarchy of v3', () => {
    const purposes = 'http://terminology.hl7.org/ValueSet/v3-PurposeOfUse';
    const system = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
    expect(memberOf(library, purposes, { system, code: 'ETREAT' }).result).toBe(true);
    expect(memberOf(library, purposes, { system, code: 'PAT' }).result).toBe(false);
  });

  test('behavior: an external code system is not known, a system that is not in the set is refused', () => {
    expect(memberOf(library, 'urn:mixed', { system: 'http://snomed.info/sct', code: '1' })).toEqual({
      result: undefined,
      unknown: ['http://snomed.info/sct'],
    });
    expect(memberOf(library, 'urn:mixed', { system: 'urn:else', code: '1' }).result).toBe(false);
    expect(memberOf(library, 'urn:nowhere', { code: 'x' })).toEqual({ result: undefined, unknown: ['urn:nowhere'] });
    expect(memberOf(library, 'urn:circle', { system: 'a', code: 'x' }).result).toBe(undefined);
  });

  test.each(['en', 'de-CH', 'zh-Hant-TW', 'sr-Latn'])('behavior: the language %s is one by its form', (code) =>
    expect(memberOf(library, `${FHIR}/all-languages`, { code }).result).toBe(true),
  );

  test('behavior: case counts where the system says so', () => {
    expect(validateInSystem(library, 'urn:colours', { code: 'RED' }).result).toBe(false);
    expect(validateInSystem(library, 'urn:sizes', { code: 'xl' })).toMatchObject({ result: true, code: 'XL' });
  });
});

describe('expansion', () => {
  test('default', () => {
    expect(codes(`${FHIR}/administrative-gender`)).toEqual(['male', 'female', 'other', 'unknown']);
    expect(codes('urn:warm')).toEqual(['red', 'orange']);
    expect(codes('urn:all')).toEqual(['warm', 'blue']);
  });

  test('behavior: filter without accents, pages, active only', () => {
    expect(codes('urn:warm', { filter: 'ROT' })).toEqual(['red']);
    expect(codes('urn:all', { activeOnly: true })).toEqual(['warm']);
    const page = expand(library, own('urn:warm'), { offset: 1, count: 1 });
    expect([page.total, page.contains.map((one) => one.code)]).toEqual([2, ['orange']]);
  });

  test('error: not known here', () =>
    expect(() => expand(library, own('urn:mixed'))).toThrow(/http:\/\/snomed.info\/sct is not known here/));

  test('error: a value set made of too much', () => {
    const include = Array.from({ length: 3000 }, () => ({ valueSet: ['urn:bomb'] }));
    const bomb = compactValueSet({ url: 'urn:bomb', compose: { include } });
    const within = layered([library, libraryOf({ ValueSet: [bomb] })]);
    expect(() => memberOf(within, 'urn:bomb', { code: 'x' })).toThrow(/too much/);
    const many = compactValueSet({
      url: 'urn:many',
      compose: {
        include: Array.from({ length: 1000 }, () => ({ system: 'http://dicom.nema.org/resources/ontology/DCM' })),
      },
    });
    expect(() => expand(library, many)).toThrow(/too much/);
  });

  test('error: circle', () => expect(() => expand(library, own('urn:circle'))).toThrow(/not known here/));
});

describe('lookup', () => {
  test('default', () =>
    expect(lookup(library, ACT, 'AMB').concept).toMatchObject({ code: 'AMB', display: 'ambulatory' }));

  test('error: an unknown system or code', () => {
    expect(() => lookup(library, 'http://loinc.org', '1-8')).toThrow(/not known here/);
    expect(() => lookup(library, ACT, 'NOPE')).toThrow(/not one of/);
  });
});

describe('validation of a code', () => {
  test('default', () => {
    const coding = { system: 'urn:colours', code: 'red' };
    expect(validateInValueSet(library, own('urn:warm'), [coding])).toEqual({ result: true, display: 'Rót', ...coding });
    expect(validateInValueSet(library, own('urn:warm'), [{ ...coding, display: 'Blue' }])).toMatchObject({
      result: false,
    });
    expect(validateInValueSet(library, own('urn:warm'), [{ ...coding, code: 'blue' }]).result).toBe(false);
  });

  test('error: what is not known is no wrong code', () => {
    expect(() =>
      validateInValueSet(library, own('urn:mixed'), [{ system: 'http://snomed.info/sct', code: '1' }]),
    ).toThrow(/nothing can be said/);
    expect(() => validateInSystem(library, 'http://loinc.org', { code: '1-8' })).toThrow(/not known here/);
  });
});
