import { LUZ_NOVA, ST_ALDHELM } from '@anamnesis/population';
import {
  createClient,
  type DemoPatient,
  type OpenedAccount,
  openAccount,
  type StaffSession,
  subjectAccount,
} from '@anamnesis/sdk';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestbed, type Testbed, type TestbedNode } from '../testbed.ts';
import { newFolder } from '../testing/hospitals.ts';

let folder: Awaited<ReturnType<typeof newFolder>>;
let testbed: Testbed;
let aldhelm: TestbedNode;
let luzNova: TestbedNode;

beforeAll(async () => {
  folder = await newFolder();
  const organizations = [ST_ALDHELM.key, LUZ_NOVA.key];
  testbed = await startTestbed({
    directory: folder.path,
    databaseTemplate: inject('pglite'),
    organizations,
    sealAfterMs: 150,
  });
  aldhelm = testbed.nodes[ST_ALDHELM.key] as TestbedNode;
  luzNova = testbed.nodes[LUZ_NOVA.key] as TestbedNode;
});
afterAll(async () => {
  await testbed.stop();
  await folder.remove();
});

async function click(node: TestbedNode, name: string): Promise<StaffSession | DemoPatient> {
  const client = createClient({ baseUrl: node.url });
  const person = (await client.getSignIn()).demo.find((one) => one.name === name);
  return client.signInDemo({ id: person?.id ?? '' });
}

/** A patient as her portal holds her after one click. */
async function open(node: TestbedNode, name: string): Promise<OpenedAccount> {
  const answer = await click(node, name);
  if (!('account' in answer)) throw new Error('no patient');
  return openAccount(answer);
}

function patientClient(node: TestbedNode, seed: Uint8Array) {
  const { chainId } = testbed.ledger.deployment;
  const signer = subjectAccount(seed, { chainId, organization: node.organization });
  return createClient({ baseUrl: node.url, session: { signer, organization: node.organization, chainId } });
}

describe('the portal’s people', () => {
  test('default: Maria opens with one click and reads her own record', async () => {
    const { seed, contents } = await open(aldhelm, 'Maria Hale');
    expect(contents.relations.map(({ organization }) => organization)).toContain(aldhelm.organization);
    expect(await patientClient(aldhelm, seed).fhir.count('Observation')).toBeGreaterThan(10);
  });

  test('behavior: her father’s records open with the key that she keeps for him, and are no others', async () => {
    const { contents } = await open(aldhelm, 'Maria Hale');
    const father = contents.dependants?.[0];
    expect(father).toMatchObject({ name: 'Walter Grieve', kind: 'adult' });
    const client = patientClient(aldhelm, Uint8Array.from(Buffer.from(father?.seed ?? '', 'base64')));
    const { entry } = await client.fhir.search('Patient', {});
    expect(entry?.map(({ resource }) => (resource as { name?: { text?: string }[] }).name?.[0]?.text)).toEqual([
      'Walter Grieve',
    ]);
  });

  test('behavior: Rosa decides for Tomás at the other hospital', async () => {
    const { contents } = await open(luzNova, 'Rosa Fontemoura');
    expect(contents.dependants).toMatchObject([{ name: 'Tomás Fontemoura', kind: 'child' }]);
  });

  test('behavior: staff of every role at both hospitals', async () => {
    for (const node of [aldhelm, luzNova]) {
      const { demo } = await createClient({ baseUrl: node.url }).getSignIn();
      for (const kind of ['patient', 'clinician', 'registrar', 'operator', 'auditor']) {
        expect(demo.map((one) => one.kind)).toContain(kind);
      }
    }
    const silva = await click(luzNova, 'Dr Inês Silva');
    if (!('token' in silva)) throw new Error('no session');
    const client = createClient({ baseUrl: luzNova.url, token: silva.token });
    expect(await client.whoAmI()).toMatchObject({ fhirUser: testbed.cast.silva.practitioner, role: 'clinician' });
    expect(await client.fhir.count('Patient')).toBeGreaterThan(0);
  });

  test('behavior: a page of a node may ask the ledger, and no other page may', async () => {
    const { ledger } = await createClient({ baseUrl: aldhelm.url }).getSignIn();
    const ask = (origin: string) =>
      fetch(ledger.rpcUrls[0] ?? '', {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
      });
    expect((await ask(aldhelm.url)).status).toBe(200);
    expect((await ask('https://evil.example')).status).toBe(403);
  });
});
