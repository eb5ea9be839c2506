import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import {
  acceptOperator,
  getOrganization,
  operatorAt,
  pause,
  proposedOperator,
  proposeOperator,
  unpause,
} from '@anamnesis/ledger';
import {
  ACTIONS,
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  consentDomain,
  maskOf,
  maskOfAll,
  type OperatorHandover,
  PURPOSES,
} from '@anamnesis/protocol';
import {
  bearer,
  connect,
  exportPatient,
  openTrustedLedger,
  signConsent,
  verifyExport,
  verifyNode,
} from '@anamnesis/sdk';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { anamnesis } from '../../../../packages/testbed/src/testing/cli.ts';
import { keysPath, type NodeConfig, type NodeKeys } from '../config/index.ts';
import { type RunningNode, startNode } from '../node.ts';
import { LOCATIONS } from '../testing/databases.ts';
import { type Gate, startGate } from '../testing/gate.ts';
import { json, linkPatient, patientToken, portalNode } from '../testing/portal-world.ts';
import { type SmartNode, startSmartNode } from '../testing/smart-world.ts';
import { random32, startWorld, type World } from '../testing/world.ts';

/* An organisation's key is changed while its node runs, and nobody notices. */

const PATH = '/api/v1/keys/operator/hand-over';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const keysOf = async (config: NodeConfig): Promise<NodeKeys> =>
  JSON.parse(await readFile(keysPath(config), 'utf8')) as NodeKeys;
const addressOf = (key: string) => privateKeyToAccount(key as `0x${string}`).address;

/** Everything about one node's key that tests ask. */
function about(node: SmartNode) {
  const { config } = node.running;
  const ask = (method: string, body?: unknown, token = node.tokens.operator) =>
    json(node, method, PATH, { token, ...(body !== undefined && { body }) });
  const state = async (): Promise<OperatorHandover> => (await ask('GET')).body;
  return {
    config,
    ask,
    state,
    begin: async (replaces?: string) => ask('POST', { replaces: replaces ?? (await state()).operator }),
    until: (wanted: (now: OperatorHandover) => boolean) =>
      eventually(async () => {
        const now = await state();
        return wanted(now) ? now : null;
      }),
    acting: async () => (await getOrganization(world.reader, { id: config.organization }))?.operator,
  };
}

const isDone = ({ underWay, former, last }: OperatorHandover): boolean =>
  underWay === null && former === null && (last === null || last.erasedAt !== null);

const observation = (patient: string) => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'Haemoglobin' }, valueString: '13' },
  ...{ subject: { reference: `Patient/${patient}` }, category: [{ coding: [LABORATORY] }] },
});
const LABORATORY = { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' };

describe.each(LOCATIONS)('a new operator key: $name', ({ at }) => {
  let aldhelm: SmartNode;
  let luzNova: SmartNode;
  let gate: Gate;

  beforeAll(async () => {
    gate = await startGate(world.ledger.rpcUrl);
    const settings = { sealAfterMs: 50, watchEveryMs: 0 };
    aldhelm = await startSmartNode(world, { ...(await at()), ...settings, rpcUrls: [gate.url] });
    luzNova = await startSmartNode(world, { ...(await at()), ...settings });
    await aldhelm.fhir('Patient/maria', { method: 'PUT', body: { resourceType: 'Patient', id: 'maria' } });
  });
  afterAll(async () => {
    await aldhelm.stop();
    await luzNova.stop();
    await gate.stop();
  });

  const write = async (): Promise<string> => {
    const answer = await aldhelm.fhir('Observation', { method: 'POST', body: observation('maria') });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { id: string }).id;
  };
  const file = () =>
    exportPatient(connect({ baseUrl: aldhelm.url, credentials: bearer(aldhelm.tokens.clinician) }), {
      patient: 'maria',
    });
  const sealed = async () => {
    await aldhelm.running.checkpoints.sealNow();
    return file();
  };
  const ledger = () =>
    openTrustedLedger({
      rpcUrls: [world.ledger.rpcUrl],
      deployment: world.reader.deployment,
      policy: world.reader.policy,
    });
  const failedInOutbox = () =>
    aldhelm.running.context.database.query(
      `select id, settlement from outbox where settlement is not null and settlement not like '%"succeeded"%'`,
    );

  test('default: made, offered, taken over and used while the node works; the old one is erased, what it signed stays good', async () => {
    const { ask, state, begin, until, acting, config } = about(aldhelm);
    const { client } = world.reader;
    const id = await write();
    const before = await sealed();
    const old = (await state()).operator as `0x${string}`;
    expect(await acting()).toBe(old);
    const { since: time } = (await getOrganization(world.reader, { id: config.organization })) ?? { since: 0 };

    // Written and refused to all the while.
    let writing = true;
    const writes = (async () => {
      while (writing) await write();
    })();
    expect(await begin()).toMatchObject({ status: 202, body: { underWay: { askedBy: 'operator', problem: null } } });
    expect((await ask('POST', { replaces: old })).status).toBe(202);
    const done = await until(isDone);
    writing = false;
    await writes;
    const next = done.operator as `0x${string}`;
    expect(next).not.toBe(old);
    expect(done.last).toMatchObject({ from: old, to: next, erasedAt: expect.any(Number) });
    expect(await acting()).toBe(next);
    const keys = await keysOf(config);
    expect(Object.keys(keys).filter((name) => /operator/i.test(name))).toEqual(['operator']);
    expect(addressOf(keys.operator)).toBe(next);
    expect((await stat(keysPath(config))).mode & 0o777).toBe(0o600);

    // Asked for the old key again, nothing happens.
    expect(await ask('POST', { replaces: old })).toMatchObject({
      status: 202,
      body: { operator: next, underWay: null },
    });

    const used = await client.getTransactionCount({ address: old });
    const later = await write();
    const after = await sealed();
    expect(await client.getTransactionCount({ address: old })).toBe(used);
    expect(await failedInOutbox()).toEqual([]);
    expect(await client.getTransactionCount({ address: next })).toBeGreaterThan(1);

    // Nobody needs to know the keys: what was proved before is proved still, and what came after as well.
    const trusted = await ledger();
    for (const one of [before, after]) {
      expect(await verifyExport(one, trusted)).toMatchObject({ ok: true, failures: [] });
      expect(one.records.every(({ proof }) => proof.checkpoint !== null)).toBe(true);
    }
    expect(JSON.stringify(after)).toContain(`/${id}/`);
    expect(JSON.stringify(after)).toContain(`/${later}/`);
    expect(await verifyNode({ ledger: trusted, nodes: [aldhelm.url] })).toMatchObject({ ok: true, failures: [] });
    expect(await operatorAt(world.reader, { operator: old, time })).toMatchObject({
      organization: config.organization,
    });
    const now = Number((await client.getBlock()).timestamp);
    expect(await operatorAt(world.reader, { operator: old, time: now })).toBeNull();
    expect(await operatorAt(world.reader, { operator: next, time: now })).toMatchObject({
      organization: config.organization,
    });
  });

  test('behavior: peers go on: a release under a consent, and the cosignature of a witness', async () => {
    const { reader } = world;
    const signer = privateKeyToAccount(generatePrivateKey());
    const custodian = portalNode(aldhelm);
    await linkPatient(custodian, 'maria', signer);
    const token = await patientToken(custodian, signer);
    const grantee = luzNova.running.config.organization;
    const now = Math.floor(Date.now() / 1000);
    const terms = {
      ...{ subject: signer.address, epoch: 0, index: 0, grantee, recipient: ANYONE },
      ...{ categories: maskOfAll(CATEGORIES), sensitive: 0, purposes: maskOf(PURPOSES, ['TREAT']) },
      ...{ actions: maskOf(ACTIONS, ['read']), careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END },
      ...{ validFrom: now - 60, validUntil: now + 86_400, salt: random32() },
    };
    const { signature } = await signConsent(terms, consentDomain(reader.chainId, reader.deployment.consents), signer);
    const grant = { terms: { ...terms }, signature };
    expect((await json(aldhelm, 'POST', '/api/v1/consents', { body: grant, token })).status).toBe(201);
    await sealed();
    await luzNova.running.context.directory.sync();
    const fetched = await json(luzNova, 'POST', '/api/v1/exchange/fetch', {
      body: { custodian: aldhelm.running.config.organization, ...grant, purpose: 'TREAT' },
      token: luzNova.tokens.clinician,
    });
    expect(fetched).toMatchObject({ status: 200, body: { failed: [] } });
    expect(fetched.body.released).toBeGreaterThan(0);
    expect(fetched.body.verified).toBe(fetched.body.released);

    await luzNova.running.transparency.round();
    await aldhelm.running.transparency.round();
    expect(await luzNova.running.transparency.findings()).toEqual([]);
    expect(await aldhelm.running.transparency.findings()).toEqual([]);
    expect(await aldhelm.running.transparency.checkpoint('records')).toContain('\n\n');
  });

  test('behavior: who asked and what the node did of it is in the access log', async () => {
    let text = '';
    for (let before = ''; before !== 'null'; ) {
      const path = `/api/v1/access-log?count=200${before}`;
      const { body } = await json(aldhelm, 'GET', path, { token: aldhelm.tokens.auditor });
      text += JSON.stringify(body.entries);
      before = body.next === null ? 'null' : `&before=${body.next}`;
    }
    const { last } = await about(aldhelm).state();
    expect(text).toContain(`The operator key ${last?.from} hands over to ${last?.to}`);
    expect(text).toContain(`The new operator key ${last?.to} has taken over`);
    expect(text).toContain(`The former operator key ${last?.from} was erased`);
  });

  test('behavior: with the ledger away nothing is begun, and it says why; what was begun waits, and can be taken back', async () => {
    const { ask, begin, until, acting, config } = about(aldhelm);
    const old = await acting();
    gate.shut();
    expect(await begin(old)).toMatchObject({
      status: 503,
      body: { code: 'ledger-unreachable', title: 'The ledger does not answer. Nothing was changed.' },
    });
    expect(Object.keys(await keysOf(config))).not.toContain('nextOperator');
    gate.open();
    expect((await begin(old)).status).toBe(202);
    gate.shut();
    const waits = await until((now) => now.underWay === null || now.underWay.problem !== null);
    gate.open();
    if (waits.underWay?.mayWithdraw) {
      expect(waits.underWay.problem).toContain('The ledger does not answer');
      expect((await ask('DELETE')).status).toBe(202);
    }
    const ended = await until(isDone);
    expect(ended.operator).toBe(await acting());
    await write();
    await sealed();
    expect(await failedInOutbox()).toEqual([]);
  });

  describe('where a crash may have left it', () => {
    let config: NodeConfig;
    let running: RunningNode;
    let keys: NodeKeys;
    let next: ReturnType<typeof privateKeyToAccount>;
    let nextOperator: `0x${string}`;

    beforeEach(async () => {
      ({ config } = about(aldhelm));
      await aldhelm.running.stop();
      keys = await keysOf(config);
      nextOperator = generatePrivateKey();
      next = privateKeyToAccount(nextOperator);
    });
    afterEach(() => running.stop());

    /** The node starts on what it finds, and comes to the end. */
    async function comesToItsEnd(left: object): Promise<void> {
      await writeFile(keysPath(config), JSON.stringify({ ...keys, ...left }), { mode: 0o600 });
      running = await startNode(config);
      const { until, acting } = about(aldhelm);
      const done = await until((now) => isDone(now) && now.operator === next.address);
      expect(done.last).toMatchObject({ to: next.address, erasedAt: expect.any(Number) });
      expect(await acting()).toBe(next.address);
      expect(Object.keys(await keysOf(config)).filter((name) => /operator/i.test(name))).toEqual(['operator']);
      const answer = await fetch(`${aldhelm.base}/Observation`, {
        method: 'POST',
        headers: { authorization: `Bearer ${aldhelm.tokens.integrator}`, 'content-type': 'application/fhir+json' },
        body: JSON.stringify(observation('maria')),
      });
      expect(answer.status).toBe(201);
      await running.checkpoints.sealNow();
      expect(running.checkpoints.status().problem).toBeNull();
    }
    const offer = async (): Promise<void> => {
      const call = proposeOperator(world.reader.deployment, {
        newOperator: next.address,
        operatorUntil: Math.floor(Date.now() / 1000) + 86_400,
      });
      await world.send(privateKeyToAccount(keys.operator), call);
    };
    const take = () => world.send(next, acceptOperator(world.reader.deployment, { id: config.organization }));

    test('behavior: the new key is in the file, and nobody heard of it', () => comesToItsEnd({ nextOperator }));

    test('behavior: offered, and not taken over', async () => {
      await offer();
      await comesToItsEnd({ nextOperator });
    });

    test('behavior: taken over, and the file does not know', async () => {
      await offer();
      await take();
      await comesToItsEnd({ nextOperator });
    });

    test('behavior: a key from outside, in a file that the node cannot write: it acts with it and says what is left to do', async () => {
      await mkdir(`${keysPath(config)}.new`);
      await writeFile(keysPath(config), JSON.stringify({ ...keys, nextOperator }));
      running = await startNode(config);
      const { until, acting, state } = about(aldhelm);
      const waits = await until(({ underWay }) => underWay?.step === 'confirming' && underWay.problem !== null);
      expect(waits).toMatchObject({ operator: next.address, underWay: { mayWithdraw: false, askedBy: null } });
      expect(waits.underWay?.problem).toContain('have to be changed there');
      expect(await acting()).toBe(next.address);
      expect((await aldhelm.fhir('Observation', { method: 'POST', body: observation('maria') })).status).toBe(201);
      await running.checkpoints.sealNow();
      expect(running.checkpoints.status().problem).toBeNull();

      await running.stop();
      await writeFile(keysPath(config), JSON.stringify({ ...keys, operator: nextOperator }));
      running = await startNode(config);
      await until((now) => isDone(now) && now.last?.to === next.address);
      expect((await state()).operator).toBe(next.address);
      await rm(`${keysPath(config)}.new`, { recursive: true });
    });

    test('behavior: the file knows, and the old key is still in it', async () => {
      await offer();
      await take();
      await comesToItsEnd({ operator: nextOperator, formerOperator: keys.operator });
    });
  });
});

describe('a hand-over that cannot be', () => {
  let node: SmartNode;
  beforeAll(async () => {
    node = await startSmartNode(world, { sealAfterMs: 50, watchEveryMs: 0 });
  });
  afterAll(() => node.stop());

  test('error: by nobody but an operator, and for a key that is the node’s', async () => {
    const { ask, state } = about(node);
    for (const method of ['GET', 'POST', 'DELETE']) {
      for (const role of ['clinician', 'registrar', 'integrator', 'auditor'] as const) {
        expect((await ask(method, method === 'POST' ? {} : undefined, node.tokens[role])).status).toBe(403);
      }
    }
    for (const body of [{}, { replaces: 7 }, { replaces: '0x12' }, [], 'x'])
      expect((await ask('POST', body)).status).toBe(400);
    expect((await ask('POST', { replaces: addressOf(generatePrivateKey()) })).status).toBe(409);
    expect(await state()).toMatchObject({ underWay: null, former: null, last: null });
    expect((await ask('DELETE')).status).toBe(202);
  });

  test('error: a key file that cannot be written changes nothing, and says what to do', async () => {
    const { begin, config, state } = about(node);
    await mkdir(`${keysPath(config)}.new`);
    expect(await begin()).toMatchObject({ status: 503, body: { code: 'keys-unwritable' } });
    await rm(`${keysPath(config)}.new`, { recursive: true });
    expect((await state()).underWay).toBeNull();
  });

  test('default: an operator hands over, renews and looks by the command', async () => {
    const run = (act: string, args: readonly string[] = [], token = node.tokens.operator) =>
      anamnesis(['operator-key', act, '--node', node.url, ...args], { ANAMNESIS_TOKEN: token });
    const { acting } = about(node);
    const old = await acting();
    const done = await run('hand-over');
    expect({ code: done.code, said: done.stdout }).toEqual({
      code: 0,
      said: expect.stringContaining(`acting  ${await acting()}\nchanged `),
    });
    expect(done.stdout).toContain(`from ${old}; the old key was erased`);
    expect(await acting()).not.toBe(old);
    const again = await run('hand-over', ['--replaces', old ?? '', '--no-wait', '--json']);
    expect(again.json()).toMatchObject({ ok: true, operator: await acting(), underWay: null });
    expect((await run('renew')).stdout).toMatch(/^Good until 20/);
    const log = await json(node, 'GET', '/api/v1/access-log', { token: node.tokens.auditor });
    expect(JSON.stringify(log.body)).toContain('The term of the operator key is renewed until 20');
    expect((await run('take-back', ['--json'])).json()).toMatchObject({ ok: true, underWay: null });
    expect((await run('show', ['--json'])).json()).toMatchObject({ operator: await acting(), last: { from: old } });
    expect((await run('show', [], node.tokens.auditor)).code).toBe(3);
    expect((await run('hand-over', ['--replaces', '0x12'])).code).not.toBe(0);
  });

  test('behavior: while the consortium has paused the Directory the old key works on; the offer is taken back, or goes on by itself', async () => {
    const { ask, begin, until, state, acting } = about(node);
    const { deployment } = world.reader;
    const { operator: old } = await state();
    await world.send(world.ledger.deployer, pause(deployment, { target: 'directory', reason: 'test' }));
    expect((await begin()).status).toBe(202);
    const waits = await until(({ underWay }) => (underWay?.problem ?? null) !== null);
    expect(waits).toMatchObject({ operator: old, underWay: { step: 'accepting', mayWithdraw: true } });
    expect(waits.underWay?.problem).toMatch(/pause/i);
    await node.fhir('Patient/john', { method: 'PUT', body: { resourceType: 'Patient', id: 'john' } });
    await node.running.checkpoints.sealNow();
    expect(node.running.checkpoints.status().problem).toBeNull();

    expect((await ask('DELETE')).status).toBe(202);
    expect((await ask('DELETE')).status).toBe(202);
    const back = await until(isDone);
    expect(back.operator).toBe(old);
    expect(await proposedOperator(world.reader, { id: node.running.config.organization })).toBeNull();
    await world.send(world.ledger.deployer, unpause(deployment, { target: 'directory' }));

    expect((await begin()).status).toBe(202);
    const done = await until((now) => isDone(now) && now.operator !== old);
    expect(await acting()).toBe(done.operator);
    expect(done.operator).not.toBe(waits.underWay?.newOperator);
  });
});

/** Asks until the answer is a value; gives up after 20 seconds. */
async function eventually<T>(ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((done) => setTimeout(done, 25));
  }
}
