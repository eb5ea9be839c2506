import { type ConsentTerms, consentDomain, type Grant } from '@anamnesis/protocol';
import { type Signer, signConsent } from '@anamnesis/sdk';
import { expect } from 'vitest';
import { type Hospitals, newFolder, startHospitals, termsFor } from '../../testing/hospitals.ts';
import { captureOutput } from '../../testing/stderr.ts';

/** Stands for clinical content in what is sent. */
export const CANARY = 'Zwetschgenfieber';
export const FHIR = '/fhir/R4';
/** How old a view of the ledger may be here, in milliseconds. */
const LEDGER_AGE = 4_000;

/** The hospitals that are attacked: one world for all of it. */
export let world: Hospitals;
/** What they say to their log. */
export let output: ReturnType<typeof captureOutput>;
let folder: Awaited<ReturnType<typeof newFolder>>;

export async function startAttacked(): Promise<void> {
  folder = await newFolder();
  output = captureOutput();
  world = await startHospitals(folder.path, { maxLedgerAgeMs: LEDGER_AGE });
}

/** The same hospitals on the same folder, after a stop. */
export async function restartAttacked(): Promise<void> {
  await world.stop();
  world = await startHospitals(folder.path, { maxLedgerAgeMs: LEDGER_AGE });
}

export async function stopAttacked(): Promise<void> {
  await world.stop();
  output.release();
  await folder.remove();
}

/** One request that must be refused. */
export interface Bad {
  readonly name: string;
  /** Method and path. */
  readonly call: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default the integrator's; null: none. */
  readonly token?: string | null;
  readonly role?: 'integrator' | 'registrar';
  readonly status: number | readonly number[];
}

/** Sends it to St. Aldhelm's node. */
export async function send({
  call,
  body,
  type,
  headers,
  token,
  role = 'integrator',
}: Omit<Bad, 'name' | 'status'>): Promise<Response> {
  const [method = '', path = ''] = call.split(' ');
  const bearer = token === undefined ? world.aldhelm.tokens[role] : token;
  return fetch(`${world.aldhelm.url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': type ?? 'application/fhir+json' }),
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}

/** The answer says what is wrong in the form of its side, and nothing of what was sent. */
export async function expectRefusal(
  answer: Response,
  status: number | readonly number[],
  path: string,
): Promise<string> {
  const text = await answer.text();
  expect([status].flat(), text).toContain(answer.status);
  const type = answer.headers.get('content-type') ?? '';
  if (path.startsWith(FHIR)) {
    expect(type).toMatch(/^application\/fhir\+json/);
    const outcome = JSON.parse(text);
    expect(outcome).toMatchObject({ resourceType: 'OperationOutcome', issue: expect.any(Array) });
    expect(['fatal', 'error']).toContain(outcome.issue[0].severity);
  } else {
    expect(type).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(text)).toMatchObject({
      status: answer.status,
      code: expect.any(String),
      title: expect.any(String),
    });
  }
  expect(text + JSON.stringify([...answer.headers])).not.toContain(CANARY);
  return text;
}

/** Signs terms as Maria, or as somebody else would. */
export async function grantOf(
  changes: Partial<ConsentTerms> = {},
  signer: Signer = world.maria.signer,
  chainId?: number,
): Promise<Grant> {
  const { consents } = world.testbed.ledger.deployment;
  const domain = chainId === undefined ? world.domain : consentDomain(chainId, consents);
  const { terms, signature } = await signConsent(termsFor(world, { index: 100, ...changes }), domain, signer);
  return { terms, signature };
}

export const patient = (more: object): string => JSON.stringify({ resourceType: 'Patient', ...more });
export const post = (
  name: string,
  body: string | Uint8Array<ArrayBuffer>,
  status: Bad['status'],
  path = `${FHIR}/Patient`,
): Bad => ({
  ...{ name, call: `POST ${path}`, body, status },
});
export const get = (name: string, path: string, status: Bad['status']): Bad => ({ name, call: `GET ${path}`, status });
export const bundle = (type: string, ...entry: object[]) => JSON.stringify({ resourceType: 'Bundle', type, entry });
