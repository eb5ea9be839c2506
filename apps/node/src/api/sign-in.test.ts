import { newSeed, subjectAccount } from '@anamnesis/crypto';
import { organizationLock, sealAccountContents } from '@anamnesis/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureDemoAccount } from '../modules/accounts/index.ts';
import { ENGINES, type TestDatabase } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { json, linkPatient, PEOPLE } from '../testing/portal-world.ts';
import { admitOrganization, startWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe.each(ENGINES)('signing in: $name', ({ open }) => {
  let own: TestDatabase;
  let node: HttpNode;
  const seed = newSeed();
  beforeAll(async () => {
    own = await open();
    const id = open === ENGINES[0].open ? 1 : 2;
    const who = await admitOrganization(world, id, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    node = await startHttpNode(world, who, own, { demoUsers: PEOPLE });
    const { chainId, organization } = node.context.ledger;
    const signer = subjectAccount(seed, { chainId, organization });
    await linkPatient(node, 'maria', signer);
    await ensureDemoAccount(node.accounts, {
      subject: signer.address,
      locks: [await organizationLock(seed, 'St. Aldhelm Hospital')],
      file: await sealAccountContents(seed, { name: 'Maria', relations: [] }),
    });
  });
  afterAll(async () => {
    await node.stop();
    await own.end();
  });
  const demo = async (name: string) => {
    const { body } = await json(node, 'GET', '/api/v1/sign-in');
    const id = body.demo.find((one: { name: string }) => one.name === name)?.id ?? 'nobody';
    return json(node, 'POST', '/api/v1/sign-in/demo', { body: { id } });
  };

  test('default: what may be known before, and people of every kind', async () => {
    const { status, body } = await json(node, 'GET', '/api/v1/sign-in');
    expect(status).toBe(200);
    expect(body.organization).toMatchObject({ name: 'St. Aldhelm Hospital', country: 'GB' });
    expect(body.ledger).toMatchObject({ chainId: node.context.ledger.chainId, policy: 'embedded' });
    expect(body.ledger.rpcUrls).toEqual([world.ledger.rpcUrl]);
    expect(body.webauthn).toEqual({ rpId: 'aldhelm.example' });
    expect(new Set(body.demo.map((one: { kind: string }) => one.kind))).toEqual(
      new Set(['patient', 'clinician', 'registrar', 'operator', 'auditor']),
    );
  });

  test('default: a clinician reads records in her own name, which the patient sees', async () => {
    const { body } = await demo('Dr Hale');
    expect(body).toMatchObject({ user: { name: 'Dr Hale', role: 'clinician', demo: true } });
    const read = await json(node, 'GET', '/fhir/R4/Patient/maria', { token: body.token });
    expect(read.status).toBe(200);
    const log = await json(node, 'GET', '/api/v1/access-log?patient=maria', { token: body.token });
    expect(log.body.entries[0].event.agent[0]).toMatchObject({
      who: { reference: 'Practitioner/hale', display: 'Dr Hale' },
    });
    expect(await json(node, 'GET', '/api/v1/sign-in/me', { token: body.token })).toMatchObject({
      body: { name: 'Dr Hale' },
    });
  });

  test('behavior: operator and auditor see no record; a registrar links, a clinician does not', async () => {
    for (const name of ['Grace', 'Hannah']) {
      const { body } = await demo(name);
      expect((await json(node, 'GET', '/fhir/R4/Patient/maria', { token: body.token })).status).toBe(403);
      expect((await json(node, 'GET', '/api/v1/export?patient=maria', { token: body.token })).status).toBe(403);
    }
    const apps = async (name: string) =>
      (await json(node, 'GET', '/api/v1/apps', { token: (await demo(name)).body.token })).status;
    expect([await apps('Grace'), await apps('Hannah'), await apps('Dr Hale')]).toEqual([200, 403, 403]);
  });

  test('behavior: a patient gets her account and what opens it; the file tells nothing', async () => {
    const { status, body } = await demo('Maria Santos');
    expect(status).toBe(200);
    expect(body.token).toBeUndefined();
    expect(body.account.locks).toMatchObject([{ kind: 'organization', keeper: 'St. Aldhelm Hospital' }]);
    expect(Object.keys(body.secrets)).toEqual([body.account.locks[0].id]);
    expect(JSON.stringify(body.account)).not.toContain('Maria');
  });

  test('behavior: signing out ends the session; a disabled person has none', async () => {
    const { body } = await demo('Dr Hale');
    expect((await json(node, 'DELETE', '/api/v1/sign-in', { token: body.token })).status).toBe(204);
    expect((await json(node, 'GET', '/api/v1/sign-in/me', { token: body.token })).status).toBe(401);
    const again = (await demo('Owen')).body;
    const operator = node.tokens.operator;
    await json(node, 'DELETE', `/api/v1/users/${again.user.id}`, { token: operator });
    expect((await json(node, 'GET', '/api/v1/sign-in/me', { token: again.token })).status).toBe(401);
    expect((await demo('Owen')).status).toBe(403);
  });

  test('error: nobody of that id, other shapes, a wrong passkey', async () => {
    for (const body of [{}, { id: 7 }, { id: 'nobody' }, []]) {
      expect((await json(node, 'POST', '/api/v1/sign-in/demo', { body })).status).toBe(403);
    }
    const begun = await json(node, 'POST', '/api/v1/sign-in/passkey/options', { body: {} });
    expect(begun.body).toMatchObject({ options: { rpId: 'aldhelm.example', userVerification: 'required' } });
    for (const credential of [null, { id: 'x' }, 'x']) {
      const answer = await json(node, 'POST', '/api/v1/sign-in/passkey', {
        body: { state: begun.body.state, credential },
      });
      expect(answer.status).toBe(401);
    }
  });
});

test('error: in production nobody signs in by a click, even when asked to', async () => {
  const own = await ENGINES[0].open();
  const who = await admitOrganization(world, 3, 'Production', 'https://production.example');
  const node = await startHttpNode(world, who, own, { production: true });
  try {
    const { body } = await json(node, 'GET', '/api/v1/sign-in');
    expect(body).toMatchObject({ demo: [], ledger: { rpcUrls: [] } });
    // Somebody of an earlier demonstration may be in the database: she signs in nowhere.
    const { id } = await node.accounts.smart.users.ensure(PEOPLE[0], { demo: true });
    expect((await json(node, 'POST', '/api/v1/sign-in/demo', { body: { id } })).status).toBe(403);
  } finally {
    await node.stop();
    await own.end();
  }
});
