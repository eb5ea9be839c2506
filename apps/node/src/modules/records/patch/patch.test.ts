import { OutcomeError, parseJson, stringifyJson } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import type { FhirResource } from '../search/index.ts';
import { readFhirPathPatch } from './fhirpath-patch.ts';
import { patchDocument, readPatch } from './index.ts';
import { readJsonPatch } from './json-patch.ts';

const failure = (work: () => unknown): OutcomeError => {
  try {
    work();
  } catch (error) {
    if (error instanceof OutcomeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('JSON Patch', () => {
  const apply = (document: unknown, ...operations: object[]): unknown => readJsonPatch(operations)(document);

  // The cases of RFC 6902, appendix A, each as [document, operation, result].
  test.each([
    [{ a: 1 }, { op: 'add', path: '/b', value: 2 }, { a: 1, b: 2 }],
    [{ a: ['x', 'z'] }, { op: 'add', path: '/a/1', value: 'y' }, { a: ['x', 'y', 'z'] }],
    [{ a: ['x'] }, { op: 'add', path: '/a/-', value: ['y', 'z'] }, { a: ['x', ['y', 'z']] }],
    [{ a: 1 }, { op: 'add', path: '/child', value: { grand: {} }, more: true }, { a: 1, child: { grand: {} } }],
    [{ a: 1, b: 2 }, { op: 'remove', path: '/b' }, { a: 1 }],
    [{ a: ['x', 'y', 'z'] }, { op: 'remove', path: '/a/1' }, { a: ['x', 'z'] }],
    [
      { a: 1, b: 2 },
      { op: 'replace', path: '/b', value: null },
      { a: 1, b: null },
    ],
    [{ a: ['x', 'y'] }, { op: 'replace', path: '/a/0', value: 'w' }, { a: ['w', 'y'] }],
    [
      { a: { x: 1, y: 2 }, b: {} },
      { op: 'move', from: '/a/x', path: '/b/z' },
      { a: { y: 2 }, b: { z: 1 } },
    ],
    [{ a: ['w', 'x', 'y'] }, { op: 'move', from: '/a/0', path: '/a/2' }, { a: ['x', 'y', 'w'] }],
    [{ a: { x: 1 } }, { op: 'copy', from: '/a', path: '/b' }, { a: { x: 1 }, b: { x: 1 } }],
    [
      { a: ['x', { y: [1, 'z'] }] },
      { op: 'test', path: '/a/1', value: { y: [1.0, 'z'] } },
      { a: ['x', { y: [1, 'z'] }] },
    ],
    [
      { '/': 9, '~1': 10 },
      { op: 'test', path: '/~01', value: 10 },
      { '/': 9, '~1': 10 },
    ],
    [{ a: 1 }, { op: 'replace', path: '', value: { b: 2 } }, { b: 2 }],
  ])('default: %j with %j', (document, operation, result) => {
    const before = JSON.stringify(document);
    expect(apply(document, operation)).toEqual(result);
    expect(JSON.stringify(document)).toBe(before);
  });

  test('behavior: numbers keep their digits, those of the patch and those that stay', () => {
    const document = parseJson('{"valueQuantity":{"value":70.00},"other":{"value":1.50}}');
    const patch = parseJson(
      '[{"op":"replace","path":"/valueQuantity/value","value":71.0},{"op":"copy","from":"/other/value","path":"/more"}]',
    );
    expect(stringifyJson(readJsonPatch(patch)(document))).toBe(
      '{"valueQuantity":{"value":71.0},"other":{"value":1.50},"more":1.50}',
    );
  });

  test.each([
    ['a path to nothing', { op: 'remove', path: '/x' }],
    ['a test that fails', { op: 'test', path: '/a', value: [2] }],
    ['a test of nothing', { op: 'test', path: '/x', value: null }],
    ['an index beyond the end', { op: 'add', path: '/a/5', value: 1 }],
    ['an index that is none', { op: 'add', path: '/a/01', value: 1 }],
    ['a parent that is not there', { op: 'add', path: '/x/y', value: 1 }],
    ['a replacement of nothing', { op: 'replace', path: '/a/1', value: 1 }],
    ['a value moved into itself', { op: 'move', from: '/a', path: '/a/0' }],
  ])('error: 422 for %s', (_name, operation) => {
    const error = failure(() => apply({ a: [1] }, operation));
    expect([error.status, error.issues[0]?.expression]).toEqual([422, ['[0]']]);
  });

  test.each([
    [{}],
    [[1]],
    [[{ op: 'spam', path: '/a' }]],
    [[{ op: 'add', path: '/a' }]],
    [[{ op: 'add', path: 'a', value: 1 }]],
    [[{ op: 'add', path: '/~2', value: 1 }]],
    [[{ op: 'move', path: '/a' }]],
  ])('error: 400 for %j, which is no patch', (patch) => {
    expect(failure(() => readJsonPatch(patch)).status).toBe(400);
  });

  test('error: what would grow without end or reach the prototype is refused', () => {
    const doubling = Array.from({ length: 60 }, (_, at) => ({ op: 'copy', from: '', path: `/a${at}` }));
    expect(failure(() => readJsonPatch(doubling)({ a: 1 })).status).toBe(400);
    const deepening = Array.from({ length: 900 }, () => ({ op: 'copy', from: '', path: '/a' }));
    expect(failure(() => readJsonPatch(deepening)({ a: 1 })).status).toBe(400);
    expect(failure(() => readJsonPatch([{ op: 'add', path: '/__proto__', value: { x: 1 } }])({})).status).toBe(400);
    expect(failure(() => readJsonPatch([{ op: 'add', path: '/__proto__/x', value: 1 }])({})).status).toBe(422);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('FHIRPath Patch', () => {
  const part = (name: string, value: object): object => ({ name, ...value });
  const operation = (type: string, path: string, ...parts: object[]): object => ({
    name: 'operation',
    part: [part('type', { valueCode: type }), part('path', { valueString: path }), ...parts],
  });
  const value = (given: object): object => part('value', given);
  const named = (name: string): object => part('name', { valueString: name });
  const whole = (name: string, valueInteger: number): object => part(name, { valueInteger });
  const apply = (resource: object, ...parameter: object[]): unknown =>
    readFhirPathPatch({ resourceType: 'Parameters', parameter })(resource);
  const patient = (over: object = {}): object => ({ resourceType: 'Patient', ...over });
  const identifiers = (...values: string[]): object => patient({ identifier: values.map((one) => ({ value: one })) });

  // The kinds of cases of the standard's own test suite (fhir-path-tests.xml).
  test.each<[string, object, object[], object]>([
    ['nothing', patient({ active: true }), [], patient({ active: true })],
    [
      'replace a primitive',
      patient({ birthDate: '1920-01-01' }),
      [operation('replace', 'Patient.birthDate', value({ valueDate: '1930-01-01' }))],
      patient({ birthDate: '1930-01-01' }),
    ],
    [
      'delete a primitive',
      patient({ birthDate: '1920-01-01', _birthDate: { id: 'x' } }),
      [operation('delete', 'Patient.birthDate')],
      patient(),
    ],
    ['delete what is not there', patient(), [operation('delete', 'Patient.birthDate')], patient()],
    [
      'add a primitive',
      patient(),
      [operation('add', 'Patient', named('birthDate'), value({ valueDate: '1930-01-01' }))],
      patient({ birthDate: '1930-01-01' }),
    ],
    [
      'replace a nested one',
      patient({ contact: [{ gender: 'male' }] }),
      [operation('replace', 'Patient.contact[0].gender', value({ valueCode: 'female' }))],
      patient({ contact: [{ gender: 'female' }] }),
    ],
    [
      'delete the last part of an element, and so the element',
      patient({ contact: [{ name: { text: 'a' }, gender: 'male' }] }),
      [operation('delete', 'Patient.contact[0].name.text')],
      patient({ contact: [{ gender: 'male' }] }),
    ],
    [
      'add a complex one',
      patient(),
      [operation('add', 'Patient', named('maritalStatus'), value({ valueCodeableConcept: { text: 'married' } }))],
      patient({ maritalStatus: { text: 'married' } }),
    ],
    [
      'replace a complex one',
      patient({ maritalStatus: { id: '1', text: 'a' } }),
      [operation('replace', 'Patient.maritalStatus', value({ valueCodeableConcept: { id: '2' } }))],
      patient({ maritalStatus: { id: '2' } }),
    ],
    [
      'add an element whose type has no name',
      patient(),
      [
        operation(
          'add',
          'Patient',
          named('contact'),
          value({
            part: [
              { name: 'name', valueHumanName: { text: 'a' } },
              { name: 'telecom', valueContactPoint: { value: '1' } },
              { name: 'telecom', valueContactPoint: { value: '2' } },
            ],
          }),
        ),
      ],
      patient({ contact: [{ name: { text: 'a' }, telecom: [{ value: '1' }, { value: '2' }] }] }),
    ],
    [
      'delete the only entry of a list',
      patient({ contact: [{ gender: 'male' }] }),
      [operation('delete', 'Patient.contact[0]')],
      patient(),
    ],
    [
      'insert at the end',
      identifiers('1', '2'),
      [operation('insert', 'Patient.identifier', whole('index', 2), value({ valueIdentifier: { value: '3' } }))],
      identifiers('1', '2', '3'),
    ],
    [
      'insert at the start',
      identifiers('2'),
      [operation('insert', 'Patient.identifier', whole('index', 0), value({ valueIdentifier: { value: '1' } }))],
      identifiers('1', '2'),
    ],
    [
      'insert into a list that is not there',
      patient(),
      [operation('insert', 'Patient.identifier', whole('index', 0), value({ valueIdentifier: { value: '1' } }))],
      identifiers('1'),
    ],
    [
      'move forwards',
      identifiers('a', 'b', 'c', 'd'),
      [operation('move', 'Patient.identifier', whole('source', 3), whole('destination', 1))],
      identifiers('a', 'd', 'b', 'c'),
    ],
    [
      'move backwards',
      identifiers('a', 'b', 'c', 'd'),
      [operation('move', 'Patient.identifier', whole('source', 0), whole('destination', 3))],
      identifiers('b', 'c', 'd', 'a'),
    ],
    [
      'one operation after another',
      patient({ contact: [{ gender: 'male' }] }),
      [
        operation('add', 'Patient', named('contact'), value({ part: [{ name: 'gender', valueCode: 'other' }] })),
        operation('add', 'Patient.contact[1]', named('name'), value({ valueHumanName: { text: 'b' } })),
      ],
      patient({ contact: [{ gender: 'male' }, { gender: 'other', name: { text: 'b' } }] }),
    ],
    [
      'a narrative given as text',
      patient({ text: { status: 'generated', div: '<div/>' } }),
      [operation('replace', 'Patient.text.div', value({ valueString: '<div>x</div>' }))],
      patient({ text: { status: 'generated', div: '<div>x</div>' } }),
    ],
    [
      'another type of a choice',
      patient({ deceasedBoolean: true }),
      [operation('replace', 'Patient.deceased', value({ valueDateTime: '2020' }))],
      patient({ deceasedDateTime: '2020' }),
    ],
    [
      'a choice that was not there',
      patient(),
      [operation('add', 'Patient', named('multipleBirth'), value({ valueInteger: 2 }))],
      patient({ multipleBirthInteger: 2 }),
    ],
    [
      'one of several by what it says',
      patient({
        telecom: [
          { system: 'phone', use: 'home', value: '1' },
          { system: 'phone', use: 'work', value: '2' },
        ],
      }),
      [
        operation(
          'replace',
          "Patient.telecom.where(system = 'phone' and use = 'work').value",
          value({ valueString: '3' }),
        ),
      ],
      patient({
        telecom: [
          { system: 'phone', use: 'home', value: '1' },
          { system: 'phone', use: 'work', value: '3' },
        ],
      }),
    ],
    [
      'one without something',
      patient({ name: [{ use: 'old', family: 'A' }, { family: 'B' }] }),
      [operation('delete', "Patient.name.where(use.exists().not() and (family = 'B' or family != 'C'))")],
      patient({ name: [{ use: 'old', family: 'A' }] }),
    ],
    [
      'an extension',
      patient({
        extension: [
          { url: 'u:1', valueString: 'a' },
          { url: 'u:2', valueString: 'b' },
        ],
      }),
      [operation('replace', "Patient.extension('u:2').value", value({ valueCode: 'c' }))],
      patient({
        extension: [
          { url: 'u:1', valueString: 'a' },
          { url: 'u:2', valueCode: 'c' },
        ],
      }),
    ],
    [
      'a list of primitives and what is beside it',
      patient({ name: [{ given: ['A', 'B'], _given: [null, { id: 'b' }] }] }),
      [operation('delete', 'Patient.name.first().given[0]')],
      patient({ name: [{ given: ['B'], _given: [{ id: 'b' }] }] }),
    ],
  ])('default: %s', (_name, before, operations, after) => {
    const kept = JSON.stringify(before);
    expect(apply(before, ...operations)).toEqual(after);
    expect(JSON.stringify(before)).toBe(kept);
  });

  test('behavior: a decimal of the patch keeps its digits', () => {
    const patch = parseJson(
      stringifyJson({
        resourceType: 'Parameters',
        parameter: [operation('replace', 'Observation.value.value', { name: 'value' })],
      }).replace('{"name":"value"}', '{"name":"value","valueDecimal":5.10}'),
    );
    const resource = { resourceType: 'Observation', valueQuantity: { value: 5, unit: 'kg' } };
    expect(stringifyJson(readFhirPathPatch(patch)(resource))).toBe(
      '{"resourceType":"Observation","valueQuantity":{"value":5.10,"unit":"kg"}}',
    );
  });

  test.each<[string, object]>([
    ['a path to nothing', operation('replace', 'Patient.birthDate', value({ valueDate: '1930' }))],
    ['a path to several elements', operation('delete', 'Patient.identifier')],
    ['a value of another type', operation('add', 'Patient', named('birthDate'), value({ valueBoolean: true }))],
    ['an element that is there already', operation('add', 'Patient', named('active'), value({ valueBoolean: true }))],
    [
      'an index beyond the end',
      operation('insert', 'Patient.identifier', whole('index', 9), value({ valueIdentifier: {} })),
    ],
    ['a move beyond the end', operation('move', 'Patient.identifier', whole('source', 0), whole('destination', 9))],
    [
      'an insertion where there is no list',
      operation('insert', 'Patient.active', whole('index', 0), value({ valueBoolean: true })),
    ],
    ['the whole resource', operation('delete', 'Patient')],
  ])('error: 422 for %s', (_name, wrong) => {
    const resource = { ...identifiers('1', '2'), active: true };
    const error = failure(() => apply(resource, wrong));
    expect([error.status, error.issues[0]?.expression]).toEqual([422, ['Parameters.parameter[0]']]);
  });

  test.each<[string, object]>([
    ['a parameter that is no operation', { name: 'other' }],
    ['an unknown type', operation('change', 'Patient.active')],
    ['no value', operation('add', 'Patient', named('active'))],
    ['an element that FHIR does not have', operation('delete', 'Patient.colour')],
    ['a path that computes', operation('delete', 'Patient.name.count()')],
    ['a path that is none', operation('delete', "Patient..name['")],
    [
      'a path nested too deep',
      operation('delete', `Patient.name.where(${'('.repeat(40)}use.exists()${')'.repeat(40)})`),
    ],
  ])('error: 400 for %s', (_name, wrong) => {
    expect(failure(() => apply(patient({ name: [{}] }), wrong)).status).toBe(400);
  });
});

describe('a patch of a resource', () => {
  const patched = (resource: object, ...operations: object[]): FhirResource =>
    readPatch(patchDocument(operations))(resource as FhirResource);
  const narrative = (status: string): object => ({ status, div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' });

  test('behavior: a generated narrative goes when the data changes, and stays when only labels do', () => {
    const before = {
      resourceType: 'Patient',
      id: '1',
      meta: { source: 'u:x' },
      text: narrative('generated'),
      active: true,
    };
    expect(patched(before, { op: 'replace', path: '/active', value: false })).toEqual({
      resourceType: 'Patient',
      id: '1',
      meta: { source: 'u:x' },
      active: false,
    });
    const labelled = patched(before, { op: 'add', path: '/meta/tag', value: [{ code: 'x' }] });
    expect(labelled.text).toEqual(before.text);
  });

  test('error: a narrative that says more than the data must be replaced with the data', () => {
    const before = { resourceType: 'Patient', id: '1', text: narrative('additional'), active: true };
    expect(failure(() => patched(before, { op: 'replace', path: '/active', value: false })).status).toBe(422);
  });

  test('error: type and id stay, and what comes of it must be valid', () => {
    const before = { resourceType: 'Patient', id: '1', active: true };
    for (const operation of [
      { op: 'replace', path: '/id', value: '2' },
      { op: 'replace', path: '/resourceType', value: 'Group' },
      { op: 'replace', path: '', value: null },
      { op: 'replace', path: '/active', value: 'yes' },
      { op: 'add', path: '/colour', value: 'red' },
    ]) {
      expect(failure(() => patched(before, operation)).status).toBe(422);
    }
    expect(failure(() => patchDocument({ resourceType: 'Patient' })).status).toBe(400);
  });
});
