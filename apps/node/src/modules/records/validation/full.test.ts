import { describe, expect, test } from 'vitest';
import { compactValueSet } from '../../library/compact.ts';
import { type ElementRow, layered, libraryOf, r4Library, type StructureRow } from '../../library/index.ts';
import { validateFully } from './index.ts';

const URL = 'urn:profile';

/** Findings of a resource held against a profile of these rows. */
function found(resource: object, element: ElementRow[], more: StructureRow[] = []): string[] {
  const type = (resource as { resourceType: string }).resourceType;
  const row = { url: URL, type, derivation: 'constraint', element: [{ id: type }, ...element] };
  const colours = compactValueSet({
    url: 'urn:colours',
    compose: { include: [{ system: 'urn:c', concept: [{ code: 'red' }] }] },
  });
  const library = layered([r4Library, libraryOf({ StructureDefinition: [row, ...more], ValueSet: [colours] })]);
  return validateFully(library, resource, { profiles: [URL] })
    .filter((issue) => issue.code !== 'invariant' || issue.severity === 'error')
    .map((issue) => `${issue.severity} ${issue.code} ${issue.expression[0]}`);
}

const coding = (code: string, system = 'urn:c') => ({ coding: [{ system, code }] });
const observation = { resourceType: 'Observation', status: 'final', code: coding('x') };
const value = (path: string, type = 'value') => ({ discriminator: [{ type, path }], rules: 'open' });

describe('elements', () => {
  const id = 'Observation.code';
  test('default', () => expect(found(observation, [{ id, min: 1 }])).toEqual([]));

  test.each<[string, object, ElementRow[], string[]]>([
    ['required', observation, [{ id: 'Observation.subject', min: 1 }], ['error required Observation.subject']],
    ['prohibited', observation, [{ id, max: '0' }], ['error structure Observation.code']],
    [
      'required below',
      observation,
      [{ id: 'Observation.code.text', min: 1 }],
      ['error required Observation.code.text'],
    ],
    ['fixed', observation, [{ id: 'Observation.status', fixedCode: 'amended' }], ['error value Observation.status']],
    ['fixed whole', observation, [{ id, fixedCodeableConcept: { coding: [] } }], ['error value Observation.code']],
    ['pattern kept', observation, [{ id, patternCodeableConcept: { coding: [{ code: 'x' }] } }], []],
    ['pattern', observation, [{ id, patternCodeableConcept: coding('y') }], ['error value Observation.code']],
    [
      'length',
      { ...observation, valueString: 'long' },
      [{ id: 'Observation.value[x]', maxLength: 3 }],
      ['error value Observation.value'],
    ],
    [
      'least',
      { ...observation, valueInteger: 3 },
      [{ id: 'Observation.value[x]', minValueInteger: 4 }],
      ['error value Observation.value'],
    ],
    [
      'greatest',
      { ...observation, effectiveDateTime: '2020-05' },
      [{ id: 'Observation.effective[x]', maxValueDateTime: '2020-04' }],
      ['error value Observation.effective'],
    ],
    [
      'type of a choice',
      { ...observation, valueInteger: 3 },
      [{ id: 'Observation.value[x]', type: [{ code: 'string' }] }],
      ['error structure Observation.value'],
    ],
    [
      'required binding',
      observation,
      [{ id, binding: { strength: 'required', valueSet: 'urn:colours' } }],
      ['error code-invalid Observation.code'],
    ],
    [
      'extensible binding',
      observation,
      [{ id, binding: { strength: 'extensible', valueSet: 'urn:colours' } }],
      ['warning code-invalid Observation.code'],
    ],
    [
      'unknown binding',
      observation,
      [{ id, binding: { strength: 'required', valueSet: 'urn:no' } }],
      ['warning not-found Observation.code'],
    ],
    [
      'greatest binding',
      observation,
      [{ id, binding: { strength: 'preferred', max: 'urn:colours' } }],
      ['error code-invalid Observation.code'],
    ],
    [
      'text for a code',
      { ...observation, code: { text: 't' } },
      [{ id, binding: { strength: 'required', valueSet: 'urn:colours' } }],
      ['error code-invalid Observation.code'],
    ],
    [
      'invariant',
      observation,
      [{ id, constraint: [{ key: 'k-1', severity: 'error', expression: 'text.exists()', human: 'h' }] }],
      ['error invariant Observation.code'],
    ],
    [
      'invariant that is not FHIRPath',
      observation,
      [{ id, constraint: [{ key: 'k-2', severity: 'error', expression: 'nosuch(', human: 'h' }] }],
      [],
    ],
  ])('behavior: %s', (_name, resource, rows, expected) => expect(found(resource, rows)).toEqual(expected));
});

describe('references', () => {
  const to = (reference: object) => ({ ...observation, subject: reference });
  const rows: ElementRow[] = [
    {
      id: 'Observation.subject',
      type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'] }],
    },
  ];
  const wrong = ['error structure Observation.subject'];

  test.each<[string, object, string[]]>([
    ['relative', { reference: 'Patient/1' }, []],
    ['relative to another type', { reference: 'Group/1' }, wrong],
    ['absolute', { reference: 'https://else.example/fhir/Group/1/_history/2' }, wrong],
    ['by type', { type: 'Group', display: 'G' }, wrong],
    ['outside', { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' }, []],
    ['by identifier', { identifier: { value: '1' } }, []],
  ])('behavior: %s', (_name, reference, expected) => expect(found(to(reference), rows)).toEqual(expected));

  test('behavior: within a bundle', () => {
    const fullUrl = 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
    const claimed = { ...to({ reference: fullUrl }), meta: { profile: [URL] } };
    const row = { url: URL, type: 'Observation', derivation: 'constraint', element: [{ id: 'Observation' }, ...rows] };
    const library = layered([r4Library, libraryOf({ StructureDefinition: [row] })]);
    const bundle = (resource: object) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: claimed }, { fullUrl, resource }],
    });
    const errors = (resource: object) =>
      validateFully(library, bundle(resource))
        .filter((issue) => issue.severity === 'error')
        .map((issue) => issue.expression[0]);
    expect(errors({ resourceType: 'Patient' })).toEqual([]);
    expect(errors({ resourceType: 'Group', type: 'person', actual: true })).toEqual([
      'Bundle.entry[0].resource.subject',
    ]);
  });

  test('error: a reference to nothing contained', () =>
    expect(found(to({ reference: '#nowhere' }), [])).toEqual(['error invariant Observation.subject']));
});

describe('slices', () => {
  const category = (...codes: string[]) => ({ ...observation, category: codes.map((code) => coding(code)) });
  const id = 'Observation.category';
  const a = { id: `${id}:a`, sliceName: 'a', min: 1, max: '1' };
  const slicing = value('$this', 'pattern');
  const needsA: ElementRow[] = [
    { id, slicing },
    { ...a, patternCodeableConcept: coding('a') },
  ];

  test.each<[string, object, ElementRow[], string[]]>([
    ['there', category('b', 'a'), needsA, []],
    ['missing', category('b'), needsA, ['error required Observation.category']],
    ['too many', category('a', 'a'), needsA, ['error structure Observation.category']],
    [
      'closed',
      category('a', 'b'),
      [{ id, slicing: { ...slicing, rules: 'closed' } }, ...needsA.slice(1)],
      ['error structure Observation.category[1]'],
    ],
    [
      'open at the end',
      category('b', 'a'),
      [{ id, slicing: { ...slicing, rules: 'openAtEnd' } }, ...needsA.slice(1)],
      ['error structure Observation.category[1]'],
    ],
    [
      'value below',
      category('b'),
      [{ id, slicing: value('coding.code') }, a, { id: `${id}:a.coding.code`, fixedCode: 'a' }],
      ['error required Observation.category'],
    ],
    [
      'value of a pattern above',
      category('a'),
      [
        { id, slicing: value('coding.code') },
        { ...a, patternCodeableConcept: coding('a') },
      ],
      [],
    ],
    [
      'by value set',
      category('red'),
      [
        { id, slicing: value('$this') },
        { ...a, binding: { strength: 'required', valueSet: 'urn:colours' } },
      ],
      [],
    ],
    [
      'exists',
      { ...observation, category: [{ text: 't' }] },
      [{ id, slicing: value('text', 'exists') }, a, { id: `${id}:a.text`, min: 1 }],
      [],
    ],
    ['exists not', category('a'), [{ id, slicing: value('text', 'exists') }, a, { id: `${id}:a.text`, max: '0' }], []],
    [
      'rules of a slice',
      category('a'),
      [...needsA, { id: `${id}:a.text`, min: 1 }],
      ['error required Observation.category[0].text'],
    ],
    [
      'a slice of a slice',
      category('a'),
      [...needsA, { id: `${id}:a/b`, sliceName: 'a/b', min: 1, patternCodeableConcept: { text: 'b' } }],
      [],
    ],
    ['no discriminator', category('b'), [{ id, slicing: { rules: 'open' } }, a], []],
    ['position', category('b'), [{ id, slicing: value('$this', 'position') }, a], []],
  ])('behavior: %s', (_name, resource, rows, expected) => expect(found(resource, rows)).toEqual(expected));

  test('behavior: by type of a choice', () => {
    const choice = 'Observation.value[x]';
    const rows: ElementRow[] = [
      { id: choice, slicing: value('$this', 'type') },
      { id: `${choice}:valueQuantity`, sliceName: 'valueQuantity', min: 1, type: [{ code: 'Quantity' }] },
      { id: `${choice}:valueQuantity.unit`, min: 1 },
    ];
    expect(found({ ...observation, valueQuantity: { value: 1, unit: 'g' } }, rows)).toEqual([]);
    expect(found({ ...observation, valueQuantity: { value: 1 } }, rows)).toEqual([
      'error required Observation.value.unit',
    ]);
    expect(found({ ...observation, valueString: 'x' }, rows)).toEqual(['error required Observation.value']);
  });

  test('behavior: by profile of the resource in an entry', () => {
    const entry = 'Bundle.entry';
    const rows: ElementRow[] = [
      { id: entry, slicing: value('resource', 'profile') },
      { id: `${entry}:named`, sliceName: 'named', min: 1 },
      { id: `${entry}:named.resource`, type: [{ code: 'Patient', profile: ['urn:named'] }] },
    ];
    const named = {
      url: 'urn:named',
      type: 'Patient',
      derivation: 'constraint',
      element: [{ id: 'Patient' }, { id: 'Patient.name', min: 1 }],
    };
    const bundle = (resource: object) => ({ resourceType: 'Bundle', type: 'collection', entry: [{ resource }] });
    expect(found(bundle({ resourceType: 'Patient', name: [{ text: 'A' }] }), rows, [named])).toEqual([]);
    expect(found(bundle({ resourceType: 'Patient' }), rows, [named])).toEqual(['error required Bundle.entry']);
  });
});

describe('extensions', () => {
  const url = 'urn:ext';
  const extension: StructureRow = {
    url,
    type: 'Extension',
    derivation: 'constraint',
    element: [
      { id: 'Extension' },
      { id: 'Extension.url', fixedUri: url },
      { id: 'Extension.value[x]', min: 1, type: [{ code: 'boolean' }] },
    ],
  };
  const rows: ElementRow[] = [
    { id: 'Observation.extension:e', sliceName: 'e', min: 1, max: '1', type: [{ code: 'Extension', profile: [url] }] },
  ];
  const having = (...extensions: object[]) => ({ ...observation, extension: extensions });

  test('behavior: by url and by their own definition', () => {
    expect(found(having({ url, valueBoolean: true }), rows, [extension])).toEqual([]);
    expect(found(having({ url, valueString: 'x' }), rows, [extension])).toEqual([
      'error structure Observation.extension[0].value',
    ]);
    expect(found(having({ url: 'urn:else', valueString: 'x' }), rows, [extension])).toEqual([
      'error required Observation.extension',
      'information extension Observation.extension[0]',
    ]);
  });

  test("behavior: R4's own, wherever they stand", () => {
    const birthPlace = 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace';
    expect(found({ resourceType: 'Patient', extension: [{ url: birthPlace, valueString: 'x' }] }, [])).toEqual([
      'error structure Patient.extension[0].value',
    ]);
  });
});

describe('the resource', () => {
  const library = r4Library;
  const issues = (resource: unknown) => validateFully(library, resource);

  test('behavior: content is not quoted', () => {
    const secret = 'Maria-Conceição';
    const text = JSON.stringify(
      issues({
        ...observation,
        status: secret,
        subject: { reference: `#${secret}` },
        meta: { profile: [`urn:${secret}`] },
      }),
    );
    expect(text).not.toContain('Maria');
  });

  test('behavior: a profile that it claims and that is not known is a warning', () =>
    expect(issues({ ...observation, meta: { profile: ['urn:x'] } })).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'not-found', expression: ['Observation.meta.profile[0]'] }),
    ));

  test('behavior: elements that repeat another one', () => {
    const item = (linkId: string, items?: object[]) => ({ linkId, type: 'display', ...(items && { item: items }) });
    const questionnaire = {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [{ ...item('a', [item('b')]), type: 'group' }],
    };
    expect(issues(questionnaire).filter((issue) => issue.severity === 'error')).toEqual([]);
    // que-1 holds at every depth: a display has no items.
    const wrong = { ...questionnaire, item: [{ linkId: 'g', type: 'group', item: [item('a', [item('b')])] }] };
    expect(issues(wrong).map((issue) => issue.expression[0])).toContain('Questionnaire.item[0].item[0]');
  });

  test('error: more than can be checked ends with a finding', () =>
    expect(validateFully(library, observation, { effort: 5 })).toContainEqual(
      expect.objectContaining({ severity: 'error', code: 'too-costly' }),
    ));

  test.each([
    null,
    [],
    'x',
    {},
    { resourceType: 'Robot' },
    { resourceType: 'Patient', name: 'x', contact: [null, 3], meta: [] },
  ])('error: %j is no resource', (resource) =>
    expect(issues(resource).some((issue) => issue.severity === 'error')).toBe(true),
  );
});
