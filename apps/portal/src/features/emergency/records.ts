import { type Bundle, type Client, type Emergency, fetchInEmergency, pages, type Resource } from '@anamnesis/sdk';
import { fetchReceived, type Received } from '../clinician/received.ts';

const EMERGENCY = { 'x-purpose-of-use': 'ETREAT' };
const LOINC = 'http://loinc.org';
/** What she wants done, or not: the document types that the node counts to the first set. */
export const DIRECTIVES = [
  '42348-3',
  '75320-2',
  '86533-7',
  '64298-3',
  '78823-2',
  '81334-5',
  '81352-7',
  '92664-2',
  '81351-9',
];

/** The first set of our own records, as searches. */
const FIRST: readonly (readonly [type: string, query?: Readonly<Record<string, string>>])[] = [
  ['AllergyIntolerance'],
  ['Condition'],
  ['MedicationRequest'],
  ['MedicationStatement'],
  ['Device'],
  ['DocumentReference', { type: DIRECTIVES.map((code) => `${LOINC}|${code}`).join(',') }],
];

/**
 * What an emergency opens: the first set, or everything. Of another organisation it is fetched and verified first; of our own it is read for emergency treatment, so
 * that what is withheld otherwise is among it. Throws RequestError; a refusal is an answer.
 */
export async function recordsOf(
  client: Client,
  emergency: Emergency,
  { everything, signal }: { readonly everything: boolean; readonly signal: AbortSignal },
): Promise<Received> {
  const { id, side, custodian, subject, patient } = emergency;
  if (side === 'own') {
    const resources = await (everything ? everythingOf : firstOf)(client, patient ?? '', signal);
    return { state: 'open', resources, doubtful: [], fetchedAt: undefined };
  }
  if (custodian === null || subject === null) return { state: 'locked', reason: 'other' };
  if (!everything) await fetchInEmergency(client, { id, set: 'first' }, { signal });
  return fetchReceived(client, { custodian, subject, purpose: 'ETREAT' }, signal);
}

async function firstOf(client: Client, patient: string, signal: AbortSignal): Promise<readonly Resource[]> {
  const path = `/fhir/R4/Patient/${encodeURIComponent(patient)}`;
  const person = (await client.request({ path, headers: EMERGENCY, signal })).body() as Resource;
  const found = [person];
  for (const [type, query] of FIRST)
    found.push(...(await searched(client, `/fhir/R4/${type}`, { patient, _count: 200, ...query }, signal)));
  return found;
}

async function everythingOf(client: Client, patient: string, signal: AbortSignal): Promise<readonly Resource[]> {
  return searched(client, `/fhir/R4/Patient/${encodeURIComponent(patient)}/$everything`, { _count: 1000 }, signal);
}

async function searched(
  client: Client,
  path: string,
  query: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<readonly Resource[]> {
  // Each further page is read for the same purpose as the first.
  const line: Pick<Client, 'request'> = {
    request: (input) => client.request({ ...input, headers: { ...input.headers, ...EMERGENCY } }),
  };
  const first = (await line.request({ path, query, signal })).body() as Bundle;
  const found: Resource[] = [];
  for await (const { resource } of pages({ ...client, ...line }, first, { signal }))
    if (resource !== undefined) found.push(resource);
  return found;
}
