import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import type { HttpAnswer, HttpNode } from '../../testing/http-node.ts';

/** What each part of the suite is given: a node over one of the engines, started before its tests run. */
export type Subject = () => HttpNode;

/** A Patient with an identifier of its own. */
export function patient(over: object = {}): { resourceType: string; [element: string]: unknown } {
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:suite', value: randomUUID() }],
    name: [{ family: 'Costa', given: ['Maria'] }],
    birthDate: '1980-05-01',
    ...over,
  };
}

/** `system|value` of a resource's first identifier. */
export function identifierOf(resource: object): string {
  const [first] = (resource as { identifier: { system: string; value: string }[] }).identifier;
  return `${first?.system}|${first?.value}`;
}

/** Creates a resource and gives its id. */
export async function created(node: HttpNode, resource: object): Promise<string> {
  const answer = await node.send('POST', `/${(resource as { resourceType: string }).resourceType}`, { body: resource });
  if (answer.status !== 201) throw new Error(`not created: ${answer.text}`);
  return answer.json.id;
}

/** The code of the first issue of an OperationOutcome, with the status. */
export function refusal(answer: HttpAnswer): string {
  return `${answer.status} ${answer.json.resourceType === 'OperationOutcome' ? answer.json.issue[0].code : 'no outcome'}`;
}

/** The status of a GET whose path is sent as it is: fetch would tidy it up first. */
export function statusOf(node: HttpNode, path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(node.url);
  const headers = { authorization: `Bearer ${node.tokens.clinician}` };
  return new Promise((resolve, reject) => {
    get({ hostname, port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });
}
