import { HOME, stage } from './browser.ts';

/** Visits of one transaction. */
const AT_ONCE = 100;

/**
 * Writes a long life into a patient's record: so many visits, one a day back from 2025-12-31, each with so many results. The visits are called `Visit 1` (the oldest) and so
 * on, the results by number within their visit.
 */
export async function writeHistory(patient: string, visits: number, results: number): Promise<void> {
  for (let first = 1; first <= visits; first += AT_ONCE) {
    const last = Math.min(visits, first + AT_ONCE - 1);
    const numbers = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    const entry = numbers.flatMap((number) => visit(patient, number, visits, results));
    const response = await fetch(`${HOME}/fhir/R4`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stage.tokens['st-aldhelm']?.clinician}`,
        'content-type': 'application/fhir+json',
      },
      body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }),
    });
    if (response.status !== 200) throw new Error(`a history was answered by ${response.status}`);
  }
}

function visit(patient: string, number: number, visits: number, results: number): object[] {
  const fullUrl = `urn:uuid:${crypto.randomUUID()}`;
  const day = new Date(Date.UTC(2025, 11, 31 - (visits - number))).toISOString().slice(0, 10);
  const subject = { reference: `Patient/${patient}` };
  const encounter = {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    type: [{ text: `Visit ${number}` }],
    period: { start: `${day}T09:00:00Z`, end: `${day}T09:30:00Z` },
    subject,
  };
  const observations = Array.from({ length: results }, (_, at) => ({
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }], text: `Heart rate ${at + 1}` },
    valueQuantity: { value: 60 + (number % 30), unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    effectiveDateTime: `${day}T09:${String(at % 60).padStart(2, '0')}:00Z`,
    encounter: { reference: fullUrl },
    subject,
  }));
  return [
    { fullUrl, request: { method: 'POST', url: 'Encounter' }, resource: encounter },
    ...observations.map((resource) => ({ request: { method: 'POST', url: 'Observation' }, resource })),
  ];
}
