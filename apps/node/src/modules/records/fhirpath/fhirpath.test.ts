import { parseJson } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { EffortSpent, type Environment, fhirPath, resourceNode } from './index.ts';

const patient = {
  resourceType: 'Patient',
  id: 'p',
  active: true,
  birthDate: '1980-02',
  _birthDate: { extension: [{ url: 'urn:e', valueString: 'about' }] },
  multipleBirthInteger: 2,
  name: [{ family: 'Silva', given: ['Ana', 'Maria'] }, { family: 'Reis' }],
  contained: [{ resourceType: 'Organization', id: 'o', name: 'Org' }],
  managingOrganization: { reference: '#o' },
  generalPractitioner: [{ reference: 'Practitioner/elsewhere' }],
};
const node = resourceNode(patient);

function environment(left = 100_000): Environment {
  const contained = resourceNode(patient.contained[0] as { resourceType: string });
  return {
    resource: node,
    rootResource: node,
    context: node,
    resolve: (reference) => (reference === '#o' ? contained : undefined),
    effort: { left, undecided: false },
  };
}

const values = (text: string) =>
  fhirPath(text)
    .evaluate(node, environment())
    .map((one) => one.value);

test('default', () => expect(values('Patient.name.given')).toEqual(['Ana', 'Maria']));

describe('values', () => {
  test.each<[string, unknown[]]>([
    // Paths, and what JSON does not say.
    ['name[1].family', ['Reis']],
    ['multipleBirth', [2]],
    ['birthDate.extension.value', ['about']],
    ['contained.name', ['Org']],
    ['managingOrganization.resolve().name', ['Org']],
    ['descendants().where($this is Organization).id', ['o']],
    ["extension('urn:e')", []],
    ["birthDate.extension('urn:e').exists()", [true]],
    // Precedence.
    ['1 + 2 * 3', [7]],
    ['true or false and false', [true]],
    ['false implies true or false', [true]],
    ["'a' & 'b' = 'ab'", [true]],
    ['(1 | 2 | 1).count()', [2]],
    ['-3 < 2', [true]],
    // Three values.
    ['{} and false', [false]],
    ['{} and true', []],
    ['{} or true', [true]],
    ['{} xor true', []],
    ['{} implies true', [true]],
    ['({}).not()', []],
    ['deceased.exists().not()', [true]],
    // Types.
    ['birthDate is date', [true]],
    ['Patient is DomainResource', [true]],
    ['(multipleBirth as integer) = 2', [true]],
    ['multipleBirth.ofType(boolean).empty()', [true]],
    ['contained.ofType(Organization).count()', [1]],
    // Dates of different precision have no order.
    ['birthDate < @1990', [true]],
    ['birthDate < @1980-02-10', []],
    ['@2020-01-01T10:00:00Z = @2020-01-01T11:00:00+01:00', [true]],
    // Functions.
    ["name.where(family = 'Silva').given.first()", ['Ana']],
    ['name.given.all($this.length() > 2)', [true]],
    ["name.select(family & '!')", ['Silva!', 'Reis!']],
    ["name.family.exists($this = 'Reis')", [true]],
    ["'Reis' in name.family", [true]],
    ["name.family contains 'X'", [false]],
    ['name.given.combine(name.given).isDistinct()', [false]],
    ['name.given.intersect(name.given.tail())', ['Maria']],
    ["'abc'.substring(1, 1) + 'x'", ['bx']],
    ["'2019'.matches('^[0-9]{4}$')", [true]],
    ["'a-b'.replaceMatches('-', '+')", ['a+b']],
    ["iif(active, 'yes', 'no')", ['yes']],
    ["'12'.toInteger() + 1", [13]],
    ['name.repeat(given)', ['Ana', 'Maria']],
    ['%resource.id', ['p']],
    ['%`ext-x`', ['http://hl7.org/fhir/StructureDefinition/x']],
    ['`name`.count()', [2]],
    ['name.count() // how many', [2]],
  ])('behavior: %s', (text, expected) => expect(values(text)).toEqual(expected));

  test('behavior: a decimal has the digits that it was written with', () => {
    const quantity = resourceNode(
      parseJson('{"resourceType":"Observation","valueQuantity":{"value":1.00}}') as object as { resourceType: string },
    );
    const found = fhirPath('value.value.toString()').evaluate(quantity, environment());
    expect(found[0]?.value).toBe('1.00');
  });
});

describe('invariants', () => {
  const holds = (text: string) => fhirPath(text).holds(node, environment());

  test('default', () => {
    expect(holds('name.exists()')).toBe(true);
    expect(holds('photo.exists()')).toBe(false);
  });

  test('behavior: an answer that rests on what is not known is none', () => {
    expect(holds('generalPractitioner.all(resolve() is Practitioner)')).toBe(undefined);
    expect(holds("generalPractitioner.reference.startsWith('Practitioner') and active.not()")).toBe(false);
    expect(holds('photo.url.startsWith("x")'.replaceAll('"', "'"))).toBe(undefined);
  });

  test('error: more work than is allowed', () =>
    expect(() => fhirPath('descendants().descendants()').evaluate(node, environment(20))).toThrow(EffortSpent));

  test.each(['', 'name.', '(name', 'name.nosuch()', "'open", 'name[', '1 +', '%nosuch', 'a b', '('.repeat(1000)])(
    'error: %s is not FHIRPath',
    (text) => expect(() => fhirPath(text)).toThrow(/.+/),
  );
});
