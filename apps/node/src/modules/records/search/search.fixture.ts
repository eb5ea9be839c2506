import type { Database } from '../../../storage/index.ts';
import type { TestDatabase } from '../../../testing/databases.ts';
import { ALL, type Scope } from '../../consent/scope.ts';
import { classify } from '../classify.ts';
import {
  type FhirResource,
  indexResource,
  runSearch,
  type SearchHits,
  type SearchRequest,
  writeIndex,
} from './index.ts';

/** Records and their index in a database, without encryption, access log or history: what search alone needs. */
export interface Shelf {
  readonly database: Database;
  put(...resources: FhirResource[]): Promise<void>;
  /** Searches and gives the hits. */
  hits(type: string | null, query: string, more?: Asked & { strict?: boolean }): Promise<SearchHits>;
  /** Searches and gives `Type/id` of what was found, in order; included records in brackets. */
  find(type: string | null, query: string, more?: Asked): Promise<string[]>;
  close(): Promise<void>;
}

/** How a search is asked, besides its query. */
export interface Asked {
  readonly scope?: Scope;
  readonly patient?: string;
  readonly compartment?: NonNullable<SearchRequest['compartment']>;
}

/** An empty shelf. */
export async function openShelf(own: TestDatabase): Promise<Shelf> {
  const stored = new Map<number, FhirResource>();
  const { database } = own;
  const hits: Shelf['hits'] = (type, query, { scope = ALL, strict = false, patient, compartment } = {}) =>
    runSearch(database, {
      type,
      query,
      scope,
      strict,
      base: 'https://node.example/fhir/R4',
      ...(patient !== undefined && { compartment: { type: 'Patient', id: patient } }),
      ...(compartment && { compartment }),
      open: async (rows) => rows.flatMap((row) => stored.get(row.row_id) ?? []),
    });
  return {
    database,
    hits,
    async put(...resources) {
      await database.transaction(async (tx) => {
        for (const resource of resources) {
          const { patient, category, sensitive, careAt } = classify(resource);
          const [row] = await tx.query<{ row_id: number }>(
            `insert into resource (type, id, version, deleted, last_updated, patient, category, sensitive, care_at, key_id, content)
             values ($1, $2, 1, false, $3, $4, $5, $6, $7, 'k', '') returning row_id`,
            [
              resource.resourceType,
              resource.id,
              (resource.meta as { lastUpdated?: string } | undefined)?.lastUpdated ?? '2024-05-01T10:00:00.000Z',
              patient,
              category,
              sensitive,
              careAt,
            ],
          );
          const rowId = row?.row_id ?? 0;
          stored.set(rowId, resource);
          writeIndex(tx, [{ rowId, rows: indexResource(resource, 'https://node.example/fhir/R4') }]);
        }
      });
    },
    async find(type, query, more) {
      const { rows } = await hits(type, query, more);
      return rows.map((row) => (row.mode === 'match' ? `${row.type}/${row.id}` : `(${row.type}/${row.id})`));
    },
    close: () => own.end(),
  };
}

const LOINC = 'http://loinc.org';

/** Two patients, what was measured and found, and who did it. */
export const RECORDS: readonly FhirResource[] = [
  {
    resourceType: 'Patient',
    id: 'maria',
    meta: {
      lastUpdated: '2024-01-10T08:00:00.000Z',
      tag: [{ system: 'urn:tag', code: 'demo' }],
      profile: ['http://p.example/patient|1.0'],
    },
    identifier: [{ system: 'urn:oid:2.16', value: 'A,1|2' }],
    name: [{ family: 'Conceição', given: ['Maria', 'José'] }],
    telecom: [
      { system: 'phone', value: '+351 1' },
      { system: 'email', value: 'm@example.org' },
    ],
    gender: 'female',
    birthDate: '1980-02-29',
    generalPractitioner: [{ reference: 'Practitioner/silva' }],
  },
  {
    resourceType: 'Patient',
    id: 'john',
    meta: { lastUpdated: '2024-02-10T08:00:00.000Z' },
    name: [{ family: 'Smith', given: ['John'] }],
    gender: 'male',
    birthDate: '1975',
    deceasedBoolean: true,
    generalPractitioner: [{ reference: 'Practitioner/silva' }],
  },
  { resourceType: 'Practitioner', id: 'silva', name: [{ family: 'Silva' }] },
  { resourceType: 'Organization', id: 'hospital', name: 'Hospital da Luz Nova' },
  ...[
    ['bp', 'maria', '85354-9', '2023-03-05T10:00:00Z', 120, 'mm[Hg]'],
    ['weight1', 'maria', '29463-7', '2021-06', 61.5, 'kg'],
    ['weight2', 'maria', '29463-7', '2022-06-15', 63, 'kg'],
    ['weight3', 'john', '29463-7', '2022-06-15T23:30:00-03:00', 80, 'kg'],
  ].map(([id, patient, code, date, value, unit]) => ({
    resourceType: 'Observation',
    id: String(id),
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ],
    code: { coding: [{ system: LOINC, code, display: code === '29463-7' ? 'Body weight' : 'Blood pressure panel' }] },
    subject: { reference: `Patient/${patient}`, identifier: { system: 'urn:mrn', value: `mrn-${patient}` } },
    performer: [{ reference: 'Practitioner/silva' }],
    effectiveDateTime: date,
    valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
  })),
  {
    resourceType: 'Encounter',
    id: 'stay',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: 'Patient/maria' },
    serviceProvider: { reference: 'Organization/hospital' },
    period: { start: '2023-03-04T20:00:00Z', end: '2023-03-07T09:00:00Z' },
  },
  {
    resourceType: 'Condition',
    id: 'depression',
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'F32.1' }], text: 'Low mood' },
    subject: { reference: 'Patient/maria' },
    encounter: { reference: 'Encounter/stay' },
    onsetDateTime: '2023-03-05',
  },
  {
    resourceType: 'ValueSet',
    id: 'vs',
    url: 'http://example.org/fhir/ValueSet/a',
    status: 'active',
  },
  {
    resourceType: 'RiskAssessment',
    id: 'risk',
    status: 'final',
    subject: { reference: 'Patient/john' },
    prediction: [{ probabilityDecimal: 0.8 }],
  },
];
