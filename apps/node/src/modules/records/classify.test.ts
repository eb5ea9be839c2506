import { CATEGORIES, namesOf, SENSITIVE } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { UNCLASSIFIED } from '../consent/scope.ts';
import { classify } from './classify.ts';

const of = (resource: { resourceType: string; [key: string]: unknown }) => {
  const { patient, category, sensitive, careAt } = classify(resource);
  const classes = [
    ...namesOf(SENSITIVE, sensitive & ~UNCLASSIFIED),
    ...(sensitive & UNCLASSIFIED ? (['unclassified'] as const) : []),
  ];
  return { patient, category: namesOf(CATEGORIES, category), sensitive: classes, careAt };
};
const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const LEVEL = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const ICD = 'http://hl7.org/fhir/sid/icd-10';

test('default', () => {
  expect(
    of({
      resourceType: 'Observation',
      category: [coded(CATEGORY, 'vital-signs')],
      code: coded('http://loinc.org', '8480-6'),
      subject: { reference: 'Patient/maria' },
      effectiveDateTime: '2023-03-05T10:00:00Z',
    }),
  ).toEqual({ patient: 'maria', category: ['vital-signs'], sensitive: [], careAt: Date.UTC(2023, 2, 5, 10) / 1000 });
});

describe('patient', () => {
  const to = (reference: string) => ({ reference });
  test.each<[string, { resourceType: string; [key: string]: unknown }, string | null]>([
    ['the Patient itself', { resourceType: 'Patient', id: 'a' }, 'a'],
    ['the beneficiary', { resourceType: 'Coverage', subscriber: to('Patient/b'), beneficiary: to('Patient/a') }, 'a'],
    [
      'the patient before the recorder',
      { resourceType: 'AllergyIntolerance', recorder: to('Patient/b'), patient: to('Patient/a') },
      'a',
    ],
    [
      'a participant',
      { resourceType: 'Appointment', participant: [{ actor: to('Practitioner/x') }, { actor: to('Patient/a') }] },
      'a',
    ],
    [
      'nobody where several took part',
      { resourceType: 'Group', member: [{ entity: to('Patient/a') }, { entity: to('Patient/b') }] },
      null,
    ],
    [
      'the one who took part, though named twice',
      { resourceType: 'Group', member: [{ entity: to('Patient/a') }, { entity: to('Patient/a') }] },
      'a',
    ],
    ['the securityContext of a Binary', { resourceType: 'Binary', securityContext: to('Patient/a') }, 'a'],
    ['a Group', { resourceType: 'Observation', subject: to('Group/g') }, null],
    ['an address elsewhere', { resourceType: 'Observation', subject: to('https://x.example/Patient/a') }, null],
    ['an organisation', { resourceType: 'Organization', id: 'o' }, null],
    ['content of the wrong shape', { resourceType: 'Observation', subject: [null, 3] }, null],
  ])('behavior: %s', (_name, resource, patient) => expect(classify(resource).patient).toBe(patient));
});

describe('category', () => {
  test.each<[string, { resourceType: string; [key: string]: unknown }, string]>([
    ['laboratory', { resourceType: 'Observation', category: [coded(CATEGORY, 'laboratory')] }, 'laboratory'],
    [
      'social history',
      { resourceType: 'Observation', category: [coded('x', 'y'), coded(CATEGORY, 'social-history')] },
      'history',
    ],
    ['an Observation without', { resourceType: 'Observation' }, 'other'],
    [
      'a radiology report',
      { resourceType: 'DiagnosticReport', category: [coded('http://terminology.hl7.org/CodeSystem/v2-0074', 'RAD')] },
      'imaging',
    ],
    ['any other report', { resourceType: 'DiagnosticReport' }, 'laboratory'],
    ['a Condition', { resourceType: 'Condition' }, 'conditions'],
    ['a type that no row has', { resourceType: 'Basic' }, 'other'],
  ])('behavior: %s', (_name, resource, name) => expect(of(resource).category).toEqual([name]));
});

describe('sensitive', () => {
  test.each<[string, string, string[]]>([
    [ICD, 'F32.1', ['mental-health']],
    [ICD, 'F10.2', ['substance-use']],
    ['http://hl7.org/fhir/sid/icd-10-cm', 'f11.20', ['substance-use']],
    [ICD, 'B20', ['hiv']],
    [ICD, 'B24', ['hiv']],
    [ICD, 'B25', []],
    [ICD, 'O80', ['reproductive']],
    [ICD, 'O98.7', ['hiv', 'reproductive']],
    [ICD, 'Z34.0', ['reproductive']],
    [ICD, 'Y07.1', ['violence']],
    [ICD, 'T74.1', ['violence']],
    [ICD, 'E11.9', []],
    ['http://snomed.info/sct', '86406008', ['hiv']],
    ['http://loinc.org', '44249-1', ['mental-health']],
    ['http://www.whocc.no/atc', 'J05AR10', ['hiv']],
  ])('behavior: %s %s', (system, code, names) => {
    expect(of({ resourceType: 'Condition', code: coded(system, code) }).sensitive).toEqual(names);
    expect(of({ resourceType: 'Encounter', reasonCode: [coded(system, code)] }).sensitive).toEqual(names);
  });

  test.each<[string, { [key: string]: unknown; resourceType?: string }, string[]]>([
    [
      'a code of a system that no value set speaks of',
      { code: coded('http://example.org/own', 'F32.1') },
      ['unclassified'],
    ],
    ['words alone', { code: { text: 'Something' } }, ['unclassified']],
    ['words that tell', { code: { text: 'Depressão, ligeira' } }, ['mental-health', 'unclassified']],
    [
      'what a coding displays',
      { code: { coding: [{ ...coded('http://snomed.info/sct', '1').coding[0], display: 'HIV test' }] } },
      ['hiv'],
    ],
    ...['Hives', 'Rapeseed oil'].map((text): [string, { code: object }, string[]] => [
      `words that only begin alike: ${text}`,
      { code: { ...coded('http://snomed.info/sct', '1'), text } },
      [],
    ]),
    ['a remark', { code: coded(ICD, 'E11.9'), note: [{ text: 'x' }] }, ['unclassified']],
    [
      'a remark in a contained record',
      { code: coded(ICD, 'E11.9'), contained: [{ resourceType: 'Condition', note: [{ text: 'x' }] }] },
      ['unclassified'],
    ],
    [
      'an attachment',
      { code: coded(ICD, 'E11.9'), evidence: [{ detail: [{ contentType: 'text/plain', data: 'eA==' }] }] },
      ['unclassified'],
    ],
    [
      'a narrative that says more',
      { code: coded(ICD, 'E11.9'), text: { status: 'additional', div: '<div/>' } },
      ['unclassified'],
    ],
    ['a generated narrative', { code: coded(ICD, 'E11.9'), text: { status: 'generated', div: '<div/>' } }, []],
    [
      'prose that somebody has read',
      { resourceType: 'DocumentReference', meta: { security: coded(LEVEL, 'N').coding } },
      [],
    ],
    [
      'prose that is said to be restricted',
      { resourceType: 'DocumentReference', meta: { security: coded(LEVEL, 'R').coding } },
      ['unclassified'],
    ],
    ['prose that is labelled', { resourceType: 'Binary', meta: { security: [{ code: 'HIV' }] } }, ['hiv']],
    ['a sequence', { resourceType: 'MolecularSequence' }, ['genetic']],
    ['a Patient with a picture', { resourceType: 'Patient', photo: [{ contentType: 'image/png', data: 'eA==' }] }, []],
  ])('behavior: %s', (_name, content, names) => {
    expect(of({ ...content, resourceType: content.resourceType ?? 'Condition' }).sensitive).toEqual(names);
  });

  test('behavior: security labels', () => {
    const meta = {
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }, { code: 'HIV' }],
    };
    expect(of({ resourceType: 'Observation', meta }).sensitive).toEqual(['mental-health', 'hiv']);
  });
});

describe('time of care', () => {
  test.each<[{ [key: string]: unknown }, string | null]>([
    [{ performedPeriod: { start: '2020-01-02' }, recordedDate: '2021' }, '2020-01-02T00:00:00Z'],
    [{ period: { end: '2020-01-02' } }, '2020-01-02T00:00:00Z'],
    [{ authoredOn: '2020-05' }, '2020-05-01T00:00:00Z'],
    [{ effectiveTiming: { event: ['2020'] } }, '2020-01-01T00:00:00Z'],
    [{ onsetAge: { value: 3 } }, null],
    [{ effectiveDateTime: 'soon' }, null],
    [{}, null],
  ])('behavior: %j', (content, at) => {
    expect(classify({ resourceType: 'Observation', ...content }).careAt).toBe(
      at === null ? null : Date.parse(at) / 1000,
    );
  });
});
