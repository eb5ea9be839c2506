import { sessionTypedData } from '@anamnesis/protocol';
import type { LocalAccount } from 'viem';
import type { NodeConfig } from '../config/index.ts';
import type { HttpNode } from './http-node.ts';
import type { SmartNode } from './smart-world.ts';
import { random32 } from './world.ts';

/** People who sign in by a click: one of every kind. */
export const PEOPLE: NodeConfig['demoUsers'] = [
  { name: 'Dr Hale', fhirUser: 'Practitioner/hale', role: 'clinician' },
  { name: 'Owen', fhirUser: 'Practitioner/owen', role: 'registrar' },
  { name: 'Grace', fhirUser: 'Practitioner/grace', role: 'operator' },
  { name: 'Hannah', fhirUser: 'Practitioner/hannah', role: 'auditor' },
  { name: 'Maria Santos', fhirUser: 'Patient/maria' },
];

/** A key that signs typed data. */
type Signer = Pick<LocalAccount, 'address' | 'signTypedData'>;

/** What these helpers need of a node. */
export type PortalNode = Pick<HttpNode, 'url' | 'context' | 'tokens'>;

/** A whole node as these helpers see it. */
export function portalNode({ url, running, tokens }: SmartNode): PortalNode {
  return { url, context: running.context, tokens };
}

/** One JSON request to a node, read to its end. */
export async function json(
  node: Pick<HttpNode, 'url'>,
  method: string,
  path: string,
  { body, token, headers = {} }: { body?: unknown; token?: string | undefined; headers?: Record<string, string> } = {},
): Promise<{
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}> {
  const answer = await fetch(`${node.url}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
}

/** A session of a subject, signed as her device signs it. */
export async function signedSession(node: Pick<HttpNode, 'context'>, signer: Signer, subject = signer.address) {
  const { organization, chainId } = node.context.ledger;
  const notAfter = Math.floor(node.context.clock() / 1000) + 900;
  const session = { subject, organization, notAfter, nonce: random32() };
  return { ...session, signature: await signer.signTypedData(sessionTypedData(session, chainId)) };
}

/** A Patient of this id, with a record, linked to a key at the desk. */
export async function linkPatient(node: PortalNode, patient: string, signer: Signer): Promise<void> {
  await putPatient(node, patient);
  const body = { patient, ...(await signedSession(node, signer)) };
  const answer = await json(node, 'POST', '/api/v1/subjects', { body, token: node.tokens.registrar });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}

/** A Patient of this id. */
export async function putPatient(node: PortalNode, id: string): Promise<void> {
  const body = { resourceType: 'Patient', id, name: [{ family: 'Santos', given: [id] }], birthDate: '1984-05-06' };
  const answer = await json(node, 'PUT', `/fhir/R4/Patient/${id}`, { body, token: node.tokens.integrator });
  if (answer.status > 201) throw new Error(JSON.stringify(answer.body));
}

/** The bearer of a patient's session. */
export async function patientToken(
  node: Pick<HttpNode, 'url' | 'context'>,
  signer: Signer,
  subject = signer.address,
): Promise<string> {
  const { body } = await json(node, 'POST', '/auth/session', { body: await signedSession(node, signer, subject) });
  return body.token;
}
