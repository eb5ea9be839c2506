import { randomUUID } from 'node:crypto';

/* Small records of the size that a monitor or a laboratory sends, about nobody. Histories come from packages/population. */

/** LOINC codes of the observations, with their units. */
export const MEASURES = [
  ['8867-4', '/min'],
  ['8480-6', 'mm[Hg]'],
  ['8310-5', 'Cel'],
  ['29463-7', 'kg'],
  ['718-7', 'g/dL'],
] as const;

const LOINC = 'http://loinc.org';
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';

/** The token by which a search names a measure. */
export function measureToken(number: number): string {
  return `${LOINC}|${measureOf(number)[0]}`;
}

/** A patient. */
export function patient(number: number): object {
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:bench:mrn', value: `${number}-${randomUUID()}` }],
    active: true,
    name: [{ use: 'official', family: `Family${number % 97}`, given: [`Given${number % 53}`] }],
    gender: number % 2 ? 'male' : 'female',
    birthDate: `19${30 + (number % 69)}-0${1 + (number % 9)}-1${number % 9}`,
    address: [{ line: [`${number} Main Street`], city: `City${number % 31}`, country: 'GB' }],
  };
}

/** A measurement of a patient's: about 0.9 kB. `number` chooses measure, date and value. */
export function observation(
  subject: string,
  number: number,
): { readonly resourceType: string } & Record<string, unknown> {
  const [code, unit] = measureOf(number);
  const date = new Date(Date.UTC(2015, 0, 1) + (number % 3650) * 86_400_000 + (number % 86_400) * 1000).toISOString();
  return {
    resourceType: 'Observation',
    identifier: [{ system: 'urn:bench:observation', value: randomUUID() }],
    status: 'final',
    category: [{ coding: [{ system: CATEGORY, code: 'vital-signs', display: 'Vital Signs' }] }],
    code: { coding: [{ system: LOINC, code, display: `Measure ${code}` }], text: `Measure ${code}` },
    subject: { reference: subject },
    effectiveDateTime: date,
    issued: date,
    valueQuantity: { value: (number % 2000) / 10, unit, system: 'http://unitsofmeasure.org', code: unit },
    note: [{ text: 'synthetic measurement, no real person' }],
  };
}

/** A transaction of one new patient and measurements that refer to her: `size` entries. */
export function transaction(number: number, size: number): object {
  const subject = `urn:uuid:${randomUUID()}`;
  const post = (fullUrl: string, resource: object, url: string) => ({
    fullUrl,
    resource,
    request: { method: 'POST', url },
  });
  const measurements = Array.from({ length: size - 1 }, (_, at) =>
    post(`urn:uuid:${randomUUID()}`, observation(subject, number * size + at), 'Observation'),
  );
  return bundle([post(subject, patient(number), 'Patient'), ...measurements]);
}

/** Measurements of a patient who is there already, as a transaction. */
export function measurements(subject: string, from: number, count: number): object {
  return bundle(
    Array.from({ length: count }, (_, at) => ({
      resource: observation(subject, from + at),
      request: { method: 'POST', url: 'Observation' },
    })),
  );
}

function bundle(entry: readonly object[]): object {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

function measureOf(number: number): (typeof MEASURES)[number] {
  return MEASURES[number % MEASURES.length] ?? MEASURES[0];
}
