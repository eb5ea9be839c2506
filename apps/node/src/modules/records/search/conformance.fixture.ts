import type { FhirResource } from './index.ts';

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';

const coded = (system: string, code: string, text?: string) => ({ coding: [{ system, code }], ...(text && { text }) });
const amount = (value: number, code: string) => ({ value, unit: code, system: UCUM, code });
const category = (code: string) => ({
  url: 'ombCategory',
  valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code },
});

const pressure = (id: string, patient: string, systolic: number, diastolic: number, more: object): FhirResource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: coded(LOINC, '85354-9'),
  subject: { reference: `Patient/${patient}` },
  component: [
    { code: coded(LOINC, '8480-6'), valueQuantity: amount(systolic, 'mm[Hg]') },
    { code: coded(LOINC, '8462-4'), valueQuantity: amount(diastolic, 'mm[Hg]') },
  ],
  ...more,
});

/** A clinic and a laboratory, three patients and what was found, with what the finer points of search need. */
export const CONFORMANCE_RECORDS: readonly FhirResource[] = [
  { resourceType: 'Organization', id: 'clinic', name: 'Clínica do Porto' },
  { resourceType: 'Organization', id: 'lab', name: 'Laboratory', alias: ['Clinica lab'] },
  { resourceType: 'Location', id: 'porto', name: 'Porto', position: { latitude: 41.1496, longitude: -8.611 } },
  { resourceType: 'Location', id: 'nowhere', name: 'Nowhere' },
  {
    resourceType: 'Patient',
    id: 'ana',
    extension: [
      { url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race', extension: [category('2106-3')] },
      { url: 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity', extension: [category('2135-2')] },
    ],
    identifier: [
      { system: 'urn:mrn', value: '4711', type: coded('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR') },
    ],
    name: [{ family: 'Müller', given: ['Ana'] }],
    address: [{ city: 'Porto' }],
    gender: 'female',
    managingOrganization: { reference: 'Organization/clinic' },
  },
  { resourceType: 'Patient', id: 'ben', name: [{ family: 'Okafor' }], gender: 'male' },
  { resourceType: 'Patient', id: 'cleo', name: [{ family: 'Zed' }] },
  {
    resourceType: 'Encounter',
    id: 'visit',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: { reference: 'Patient/ana' },
  },
  pressure('bp1', 'ana', 120, 80, {
    meta: { profile: ['http://hl7.org/fhir/StructureDefinition/bp'], lastUpdated: '2024-01-01T00:00:00.000Z' },
    effectiveDateTime: '2024-01-01',
    encounter: { reference: 'Encounter/visit' },
  }),
  {
    resourceType: 'Observation',
    id: 'glucose1',
    meta: { source: 'urn:lab', tag: [{ system: 't', code: 'x' }], lastUpdated: '2024-01-02T00:00:00.000Z' },
    status: 'final',
    code: coded(LOINC, '15074-8'),
    subject: { reference: 'Patient/ana' },
    effectiveDateTime: '2024-02-01',
    valueQuantity: amount(5.4, 'mmol/L'),
  },
  {
    resourceType: 'Observation',
    id: 'glucose2',
    meta: {
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }],
      lastUpdated: '2024-01-03T00:00:00.000Z',
    },
    status: 'final',
    code: coded(LOINC, '15074-8'),
    subject: { reference: 'https://node.example/fhir/R4/Patient/ben' },
    device: { reference: 'Device/pump' },
    effectivePeriod: { start: '2024-03-01' },
    valueQuantity: amount(6.1, 'mmol/L'),
  },
  pressure('bp2', 'ben', 150, 120, { meta: { lastUpdated: '2024-01-04T00:00:00.000Z' } }),
  {
    resourceType: 'Condition',
    id: 'flu',
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/condition-assertedDate', valueDateTime: '2020-05-03' }],
    code: coded('http://example.org/CodeSystem/ill', 'h1n1', 'Grippe'),
    subject: { reference: 'Patient/ana' },
  },
  {
    resourceType: 'Goal',
    id: 'goal',
    lifecycleStatus: 'active',
    description: { text: 'Lose weight' },
    subject: { reference: 'Patient/ana' },
  },
  {
    resourceType: 'CareTeam',
    id: 'team',
    participant: [{ role: [coded('http://snomed.info/sct', '17561000')], member: { reference: 'Practitioner/doc' } }],
  },
  {
    resourceType: 'List',
    id: 'favourites',
    status: 'current',
    mode: 'working',
    title: 'Favourites',
    entry: [{ item: { reference: 'Observation/glucose2' } }, { item: { reference: 'Observation/bp2' } }],
  },
  {
    resourceType: 'Group',
    id: 'women',
    type: 'person',
    actual: false,
    characteristic: [
      { code: coded('urn:c', 'sex'), valueCodeableConcept: coded('urn:v', 'female'), exclude: false },
      { code: coded('urn:c', 'smoker'), valueCodeableConcept: coded('urn:v', 'yes'), exclude: true },
    ],
  },
  { resourceType: 'DocumentReference', id: 'old', status: 'superseded', content: [] },
  {
    resourceType: 'DocumentReference',
    id: 'new',
    status: 'current',
    content: [],
    relatesTo: [
      { code: 'replaces', target: { reference: 'DocumentReference/old' } },
      { code: 'appends', target: { reference: 'DocumentReference/other' } },
    ],
  },
  {
    resourceType: 'ValueSet',
    id: 'pressure',
    url: 'http://example.org/ValueSet/pressure',
    version: '1.0',
    status: 'active',
    compose: { include: [{ system: LOINC, concept: [{ code: '85354-9' }, { code: '8480-6' }] }] },
  },
  {
    resourceType: 'ValueSet',
    id: 'infections',
    url: 'http://example.org/ValueSet/infections',
    status: 'active',
    compose: {
      include: [
        {
          system: 'http://example.org/CodeSystem/ill',
          filter: [{ property: 'concept', op: 'is-a', value: 'infection' }],
        },
      ],
      exclude: [{ system: 'http://example.org/CodeSystem/ill', concept: [{ code: 'cold' }] }],
    },
  },
  {
    resourceType: 'ValueSet',
    id: 'endless',
    url: 'http://example.org/ValueSet/endless',
    status: 'active',
    compose: { include: [{ valueSet: ['http://example.org/ValueSet/endless'] }] },
  },
  {
    resourceType: 'CodeSystem',
    id: 'ill',
    url: 'http://example.org/CodeSystem/ill',
    status: 'active',
    content: 'complete',
    concept: [{ code: 'infection', concept: [{ code: 'cold' }, { code: 'flu', concept: [{ code: 'h1n1' }] }] }],
  },
];
