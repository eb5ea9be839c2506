import { describe, expect, test } from 'vitest';
import { validate } from './index.ts';

const patient = {
  resourceType: 'Patient',
  id: 'p',
  gender: 'female',
  birthDate: '1980-02-29',
  name: [{ family: 'Silva' }],
};
const observation = { resourceType: 'Observation', status: 'final', code: { text: 't' } };

/** Expressions and codes of what is found. */
const faults = (resource: unknown) => validate(resource).map(({ expression, code }) => `${expression} ${code}`);

test('default', () => {
  expect(validate(patient)).toEqual([]);
  expect(validate(observation)).toEqual([]);
});

describe('structure', () => {
  test.each<[string, unknown, string]>([
    ['no object', null, 'Resource structure'],
    ['an array', [], 'Resource structure'],
    ['no type', {}, 'Resource structure'],
    ['an unknown type', { resourceType: 'Robot' }, 'Robot structure'],
    ['an abstract type', { resourceType: 'DomainResource' }, 'DomainResource structure'],
    ['an unknown property', { ...patient, shoeSize: 4 }, 'Patient.shoeSize structure'],
    ['a prototype property', JSON.parse('{"resourceType":"Patient","__proto__":{}}'), 'Patient structure'],
    ['an unknown property deeper', { ...patient, name: [{ surname: 'S' }] }, 'Patient.name[0].surname structure'],
    ['a choice without its type', { ...observation, value: 3 }, 'Observation.value structure'],
    ['two types of a choice', { ...observation, valueString: 'a', valueInteger: 1 }, 'Observation.value structure'],
    ['no array', { ...patient, name: { family: 'S' } }, 'Patient.name structure'],
    ['an array too many', { ...patient, gender: ['male'] }, 'Patient.gender structure'],
    ['an empty array', { ...patient, name: [] }, 'Patient.name structure'],
    ['an empty object', { ...patient, name: [{}] }, 'Patient.name[0] structure'],
    ['a null', { ...patient, birthDate: null }, 'Patient.birthDate value'],
    ['a null in an array', { ...patient, name: [{ given: ['a', null] }] }, 'Patient.name[0].given[1] value'],
    ['text for an object', { ...observation, code: 'x' }, 'Observation.code structure'],
    ['no status', { resourceType: 'Observation', code: { text: 't' } }, 'Observation.status required'],
    [
      'contained in contained',
      { ...patient, contained: [{ ...patient, contained: [patient] }] },
      'Patient.contained[0].contained invariant',
    ],
    [
      'a bad resource inside',
      { resourceType: 'Bundle', type: 'batch', entry: [{ resource: { resourceType: 'Patient', gender: 1 } }] },
      'Bundle.entry[0].resource.gender value',
    ],
    ['an extension without a value', { ...patient, extension: [{ url: 'u' }] }, 'Patient.extension[0] invariant'],
    [
      'an extension with both',
      { ...patient, extension: [{ url: 'u', valueString: 'a', extension: [{ url: 'v', valueString: 'b' }] }] },
      'Patient.extension[0] invariant',
    ],
  ])('error: %s', (_name, resource, expected) => expect(faults(resource)).toContain(expected));
});

describe('values', () => {
  test.each<[string, unknown]>([
    ['gender', 'woman'],
    ['gender', ''],
    ['birthDate', '1980-2-1'],
    ['birthDate', '1981-02-29'],
    ['birthDate', '1980-01-01T00:00:00Z'],
    ['active', 'true'],
    ['multipleBirthInteger', 1.5],
    ['deceasedDateTime', '2020-01-01T10:00'],
    ['implicitRules', 'a b'],
    ['id', 'a/b'],
    ['id', 'a'.repeat(65)],
  ])('error: Patient.%s = %j', (key, value) => expect(faults({ ...patient, [key]: value }).length).toBe(1));

  test('error: a coding outside a required value set', () => {
    const coded = (code: string) => ({
      resourceType: 'Condition',
      subject: { reference: 'Patient/p' },
      clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }] },
    });
    expect(faults(coded('active'))).toEqual([]);
    expect(faults(coded('fine'))).toEqual(['Condition.clinicalStatus code-invalid']);
  });

  test('behavior: primitives with extensions in place of values', () => {
    const extension = [{ url: 'http://u', valueCode: 'unknown' }];
    expect(faults({ ...patient, birthDate: undefined, _birthDate: { extension } })).toEqual([
      'Patient.birthDate value',
    ]);
    expect(
      faults({
        resourceType: 'Patient',
        _birthDate: { extension },
        name: [{ given: [null, 'A'], _given: [{ extension }, null] }],
      }),
    ).toEqual([]);
    expect(faults({ resourceType: 'Observation', _status: { extension }, code: { text: 't' } })).toEqual([]);
    expect(faults({ resourceType: 'Patient', _birthDate: 'x' })).toEqual(['Patient.birthDate structure']);
  });

  test('behavior: an attachment of 12 MB', () => {
    const data = 'QUJD'.repeat(3_000_000);
    const photo = (text: string) => ({ resourceType: 'Patient', photo: [{ contentType: 'image/png', data: text }] });
    expect(faults(photo(data))).toEqual([]);
    expect(faults(photo(`${data}A`))).toEqual(['Patient.photo[0].data value']);
    expect(faults(photo(`${data}!!!!`))).toEqual(['Patient.photo[0].data value']);
  });

  test('behavior: nothing that is found quotes the content', () => {
    const secret = 'Maria-Conceição';
    const found = validate({
      ...patient,
      gender: secret,
      [secret]: 1,
      birthDate: secret,
      active: secret,
      name: [{ [secret]: 1 }],
    });
    expect(found.length).toBe(5);
    expect(JSON.stringify(found)).not.toContain('Maria');
  });

  test('behavior: no more than 100 findings', () => {
    expect(validate({ ...patient, name: Array.from({ length: 1000 }, () => 1) }).length).toBe(100);
  });
});
