import type { TestDatabase } from '../../testing/databases.ts';
import { clinician, testContext } from '../../testing/records-world.ts';
import {
  type FhirResource,
  openRecords,
  openRecordWriter,
  type RecordReader,
  type RecordsContext,
  type RecordWriter,
} from './index.ts';

/** An observation of a patient's heart rate. */
export function heartRate(patient: string, over: object = {}): FhirResource {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-01-05T10:00:00Z',
    valueQuantity: { value: 72, unit: '/min' },
    ...over,
  };
}

export const idOf = (resource: FhirResource): string => resource.id as string;

/** A hospital's records in a database of their own, by the eyes and hands of a clinician. */
export interface RecordsWorld {
  readonly own: TestDatabase;
  readonly context: RecordsContext;
  readonly reader: RecordReader;
  readonly writer: RecordWriter;
  /** Makes a Patient and gives her id. */
  admitPatient(): Promise<string>;
}

export function recordsWorld(own: TestDatabase): RecordsWorld {
  const context = testContext(own.database);
  const writer = openRecordWriter(context, clinician());
  return {
    own,
    context,
    reader: openRecords(context, clinician()),
    writer,
    admitPatient: async () => idOf((await writer.create({ resourceType: 'Patient', active: true })).resource),
  };
}
