import { sessionTypedData } from '@anamnesis/protocol';
import { bytesToHex } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { admitOrganization, startWorld, type World } from '../testing/world.ts';

describe.each(ENGINES)('linking a key over $name', ({ open }) => {
  let world: World;
  let node: HttpNode;
  let maria: PrivateKeyAccount;
  let patient: string;

  beforeAll(async () => {
    world = await startWorld();
    const who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    node = await startHttpNode(world, who, await open());
    maria = key();
    patient = (await node.send('POST', '/Patient', { body: { resourceType: 'Patient', active: true } })).json.id;
  }, 60_000);
  afterAll(async () => {
    await node.stop();
    await world.stop();
  }, 60_000);

  const key = () => privateKeyToAccount(generatePrivateKey());

  async function link(token: string, account: PrivateKeyAccount): Promise<string> {
    const session = {
      subject: account.address,
      organization: 1,
      notAfter: Math.floor(Date.now() / 1000) + 300,
      nonce: bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
    };
    const signature = await account.signTypedData(sessionTypedData(session, world.reader.chainId));
    const answer = await fetch(`${node.url}/api/v1/subjects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...session, signature, patient }),
    });
    const { code = '' } = (await answer.json()) as { code?: string };
    return `${answer.status} ${code}`.trim();
  }

  test('error: neither clinicians nor integrators say whose key it is; an operator does not say it first', async () => {
    expect(await link(node.tokens.clinician, key())).toBe('403 forbidden');
    expect(await link(node.tokens.integrator, key())).toBe('403 forbidden');
    expect(await link(node.tokens.operator, key())).toBe('409 patient-not-linked');
  });

  test('default: the desk links the first key, an operator another one', async () => {
    expect(await link(node.tokens.registrar, maria)).toBe('201');
    expect(await link(node.tokens.registrar, maria)).toBe('201');
    expect(await link(node.tokens.registrar, key())).toBe('409 patient-linked-already');
    expect(await link(node.tokens.clinician, maria)).toBe('403 forbidden');
    expect(await link(node.tokens.operator, key())).toBe('201');
  });
});
