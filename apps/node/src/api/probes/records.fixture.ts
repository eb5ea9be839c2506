import type { SensitiveClass } from '@anamnesis/protocol';

/** What the oracle knows of a version of a record, written by hand and not taken from the node. */
export interface Probe {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** Whether a newer version is the current one. */
  readonly old: boolean;
  /** Null for what is nobody's. */
  readonly patient: 'maria' | 'john' | null;
  readonly category: string;
  readonly classes: readonly (SensitiveClass | 'unclassified')[];
  /** Year of care; null where the record does not say. */
  readonly year: number | null;
  readonly author: string | null;
  readonly code: string | null;
  readonly content: object;
}

const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const ICD = 'http://hl7.org/fhir/sid/icd-10';
const OBSERVATION = 'http://terminology.hl7.org/CodeSystem/observation-category';

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const ref = (reference: string) => ({ reference });

type Told = Pick<Probe, 'category'> & Partial<Omit<Probe, 'id' | 'type' | 'content' | 'category'>>;

function probe(type: string, id: string, told: Told, content: object): Probe {
  const plain = {
    version: 1,
    old: false,
    patient: 'maria',
    classes: [],
    year: null,
    author: null,
    code: null,
  } as const;
  return { ...plain, ...told, id, type, content: { resourceType: type, id, ...content } };
}

function observation(
  id: string,
  category: string,
  code: string,
  year: number,
  author: string,
  told: Partial<Told> = {},
  more = {},
): Probe {
  const patient = told.patient ?? 'maria';
  return probe(
    'Observation',
    id,
    { category, code, year, author, ...told },
    {
      status: 'final',
      category: [coded(OBSERVATION, category)],
      code: coded(LOINC, code),
      subject: ref(`Patient/${patient}`),
      performer: [ref(`Practitioner/${author}`)],
      effectiveDateTime: `${year}-05-01T08:00:00Z`,
      ...more,
    },
  );
}

function condition(id: string, code: string, year: number, author: string, told: Partial<Told> = {}): Probe {
  const patient = told.patient ?? 'maria';
  return probe(
    'Condition',
    id,
    { category: 'conditions', code, year, author, ...told },
    {
      code: coded(ICD, code),
      subject: ref(`Patient/${patient}`),
      recorder: ref(`Practitioner/${author}`),
      onsetDateTime: `${year}-03-01`,
    },
  );
}

/** Two patients. What is John's refers to what is Maria's, and what may be seen of hers refers to what may not. */
export const PROBES: readonly Probe[] = [
  probe('Practitioner', 'hale', { category: 'other', patient: null }, { name: [{ family: 'Hale' }] }),
  probe('Practitioner', 'moss', { category: 'other', patient: null }, { name: [{ family: 'Moss' }] }),
  probe(
    'Patient',
    'maria',
    { category: 'demographics' },
    { name: [{ family: 'Probe' }], link: [{ other: ref('Patient/john'), type: 'seealso' }] },
  ),
  probe('Patient', 'john', { category: 'demographics', patient: 'john' }, { name: [{ family: 'Other' }] }),
  observation('glucose', 'laboratory', '2345-7', 2023, 'hale'),
  observation('glucose-2019', 'laboratory', '2345-7', 2019, 'hale'),
  observation('haemoglobin', 'laboratory', '718-7', 2023, 'moss'),
  observation('hiv', 'laboratory', '75622-1', 2023, 'moss', { classes: ['hiv'] }),
  observation(
    'pressure',
    'vital-signs',
    '85354-9',
    2022,
    'hale',
    {},
    { derivedFrom: [ref('Observation/hiv')], hasMember: [ref('Observation/johns-glucose')] },
  ),
  observation(
    'remark',
    'laboratory',
    '2823-3',
    2023,
    'hale',
    { classes: ['unclassified'] },
    { note: [{ text: 'seen with her mother' }] },
  ),
  condition('diabetes', 'E11.9', 2018, 'hale'),
  condition('depression', 'F32.1', 2021, 'moss', { classes: ['mental-health'] }),
  condition('alcohol', 'F10.2', 2022, 'moss', { classes: ['substance-use'] }),
  condition('pregnancy', 'Z34.0', 2020, 'hale', { classes: ['reproductive'] }),
  condition('chromosome', 'Q90.9', 2010, 'hale', { classes: ['genetic'] }),
  condition('assault', 'T74.1', 2021, 'moss', { classes: ['violence'] }),
  { ...condition('reclassified', 'F41.1', 2021, 'hale', { classes: ['mental-health'] }), old: true },
  { ...condition('reclassified', 'E78.5', 2021, 'hale'), version: 2 },
  { ...condition('corrected', 'E10.9', 2022, 'hale'), old: true },
  { ...condition('corrected', 'E11.9', 2022, 'hale'), version: 2 },
  probe(
    'MedicationRequest',
    'antiretroviral',
    { category: 'medications', classes: ['hiv'], year: 2023, author: 'moss', code: 'J05AR10' },
    {
      ...{ status: 'active', intent: 'order', subject: ref('Patient/maria'), requester: ref('Practitioner/moss') },
      ...{ medicationCodeableConcept: coded('http://www.whocc.no/atc', 'J05AR10'), authoredOn: '2023-06-01' },
    },
  ),
  probe(
    'MedicationRequest',
    'metformin',
    { category: 'medications', year: 2023, author: 'hale', code: 'A10BA02' },
    {
      ...{ status: 'active', intent: 'order', subject: ref('Patient/maria'), requester: ref('Practitioner/hale') },
      ...{ medicationCodeableConcept: coded('http://www.whocc.no/atc', 'A10BA02'), authoredOn: '2023-06-01' },
      reasonReference: [ref('Condition/diabetes')],
    },
  ),
  probe(
    'AllergyIntolerance',
    'penicillin',
    { category: 'allergies', code: '91936005' },
    { code: coded(SNOMED, '91936005'), patient: ref('Patient/maria') },
  ),
  probe(
    'Encounter',
    'visit',
    { category: 'encounters', year: 2023 },
    {
      ...{ status: 'finished', class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' } },
      ...{ subject: ref('Patient/maria'), period: { start: '2023-05-01T08:00:00Z', end: '2023-05-01T09:00:00Z' } },
      diagnosis: [{ condition: ref('Condition/depression') }],
    },
  ),
  probe(
    'DocumentReference',
    'letter',
    { category: 'documents', classes: ['unclassified'], year: 2023 },
    {
      ...{ status: 'current', subject: ref('Patient/maria'), date: '2023-05-02T08:00:00Z' },
      content: [{ attachment: { contentType: 'text/plain', url: 'Binary/scan' } }],
    },
  ),
  probe(
    'Binary',
    'scan',
    { category: 'documents', classes: ['unclassified'] },
    { contentType: 'text/plain', data: 'bGV0dGVy', securityContext: ref('Patient/maria') },
  ),
  probe(
    'Provenance',
    'source',
    { category: 'other', patient: null },
    {
      ...{
        target: [ref('Observation/hiv')],
        recorded: '2023-05-02T08:00:00Z',
        agent: [{ who: ref('Practitioner/moss') }],
      },
    },
  ),
  observation(
    'johns-glucose',
    'laboratory',
    '2345-7',
    2023,
    'hale',
    { patient: 'john' },
    { derivedFrom: [ref('Observation/glucose')] },
  ),
  condition('johns-diabetes', 'E11.9', 2019, 'hale', { patient: 'john' }),
  probe(
    'List',
    'johns-list',
    { category: 'documents', patient: 'john' },
    {
      ...{
        status: 'current',
        mode: 'working',
        subject: ref('Patient/john'),
        entry: [{ item: ref('Observation/haemoglobin') }],
      },
    },
  ),
];

/** `Type/id` of a version's record. */
export const named = ({ type, id }: Probe): string => `${type}/${id}`;
export const versionOf = (one: Probe): string => `${named(one)}/_history/${one.version}`;
