import { type OpenedPage, openPage, PHONE, stage, type WindowOptions } from './browser.ts';
import { type Authenticator, addPasskeyDevice } from './passkey.ts';

let people = 0;

/** A patient of one test alone, with something in her record (haemoglobin 131 g/L). Hostile names are names. */
export async function newPatient(
  given: string,
  node = 'st-aldhelm',
): Promise<{ readonly family: string; readonly id: string }> {
  const family = `Joiner${letters(Date.now())}${letters(++people)}`;
  const name = [{ use: 'official', family, given: [given] }];
  const { id } = await post(node, 'registrar', '/fhir/R4/Patient', {
    resourceType: 'Patient',
    name,
    birthDate: '1980-02-03',
  });
  await post(node, 'clinician', '/fhir/R4/Observation', {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '718-7' }], text: 'Haemoglobin' },
    subject: { reference: `Patient/${id}` },
    effectiveDateTime: '2026-01-05T10:00:00Z',
    valueQuantity: { value: 131, unit: 'g/L', system: 'http://unitsofmeasure.org', code: 'g/L' },
  });
  return { family, id: id ?? '' };
}

/** A number as letters alone: with digits it would be looked for as a number of hers, and only now and then. */
function letters(number: number): string {
  return number.toString(26).replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)));
}

/** A code as the desk makes it, without its page: for a first account, or for one whose devices are lost. */
export async function codeFor(
  patient: string,
  kind: 'enrolments' | 'recovery-codes' = 'enrolments',
  node = 'st-aldhelm',
): Promise<string> {
  return (await post(node, 'registrar', `/api/v1/${kind}`, { patient })).code ?? '';
}

/** Somebody with an account of her own, whose device opens it. */
export interface Joined extends OpenedPage {
  readonly device: Authenticator;
  readonly family: string;
  readonly patient: string;
}

/** Makes an account in a window of its own, as its holder does it. */
export async function joined(given: string, options: WindowOptions = {}): Promise<Joined> {
  const { family, id } = await newPatient(given);
  const opened = await openPage('/', { size: PHONE, ...options });
  const device = await addPasskeyDevice(opened.page);
  await opened.page.goto(`/join#${await codeFor(id)}`);
  await opened.page.getByRole('button', { name: 'Use this device' }).click();
  await opened.page.getByRole('heading', { name: `Hello ${given} ${family}` }).waitFor();
  return { ...opened, device, family, patient: id };
}

async function post(node: string, role: string, path: string, body: object): Promise<{ id?: string; code?: string }> {
  const type = path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json';
  const response = await fetch(`${stage.nodes[node]?.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stage.tokens[node]?.[role]}`, 'content-type': type },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as { id?: string; code?: string };
}
