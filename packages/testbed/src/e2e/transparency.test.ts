import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { operatorLine, signNote } from '@anamnesis/crypto';
import { chainPolicy, connectLedger, equivocatedAt } from '@anamnesis/ledger';
import { type KeptFinding, keysPath, openNodeKeys } from '@anamnesis/node';
import { checkpointOrigin, formatCheckpoint, fromBase64Url, STREAMS } from '@anamnesis/protocol';
import type { MonitoredLog } from '@anamnesis/sdk';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../ports.ts';
import type { TestbedNode } from '../testbed.ts';
import { anamnesis } from '../testing/cli.ts';
import { eventually, type Hospitals, newFolder, startHospitals } from '../testing/hospitals.ts';
import { openCheckpoint, readLog, tlogKey } from '../testing/tlogReader.ts';

/* Both logs as transparency tools made elsewhere read them; two hospitals as each other's witnesses; a node that is set back. */

let folder: Awaited<ReturnType<typeof newFolder>>;
let world: Hospitals;
let options: { watchEveryMs: number; ports: { ledger: number; nodes: number } };

beforeAll(async () => {
  folder = await newFolder();
  // The same addresses through all restarts: who does not hear the ledger cannot learn others.
  const first = await freePorts(7);
  options = { watchEveryMs: 0, ports: { ledger: first, nodes: first + 1 } };
  world = await startHospitals(folder.path, options);
});
afterAll(async () => {
  await world.stop();
  await folder.remove();
});

/** What the tests look at in answers. */
interface Answer {
  readonly sealing: { readonly rolledBack: { readonly posted: { readonly root: string } } | null };
  readonly decisions: readonly object[];
  readonly made: object;
  readonly rolledBack: object | null;
}

const prefix = ({ url }: TestbedNode, log: string): string => `${url}/api/v1/tlog/${log}`;
const origin = ({ organization }: TestbedNode, log: 'records' | 'access'): string =>
  checkpointOrigin({ ...world.ledger.contracts, chainId: world.ledger.chainId, organization, log });
const logKey = async ({ url }: TestbedNode): Promise<string> =>
  ((await (await fetch(`${url}/.well-known/anamnesis`)).json()) as { logKey: string }).logKey;
const note = async (node: TestbedNode, log: string): Promise<string> =>
  (await fetch(`${prefix(node, log)}/checkpoint`)).text();
const checkpoint = async (node: TestbedNode, log: 'records' | 'access') =>
  openCheckpoint(await note(node, log), tlogKey(await logKey(node), origin(node, log)));

/** Runs `anamnesis monitor` on both hospitals; what was seen stays in a file. */
async function monitor() {
  const { rpcUrl, deployment } = world.testbed.ledger;
  await writeFile(join(folder.path, 'deployment.json'), JSON.stringify(deployment));
  const files = ['--deployment', join(folder.path, 'deployment.json'), '--state', join(folder.path, 'seen.json')];
  const nodes = ['--node', world.aldhelm.url, '--node', world.luzNova.url];
  const { code, json } = await anamnesis(['monitor', '--json', '--rpc', rpcUrl, ...files, ...nodes]);
  return { code, ...(json() as { logs: MonitoredLog[]; unreachable: object[] }) };
}

async function sealed(node: TestbedNode): Promise<void> {
  await node.running.checkpoints.sealNow();
}

describe('tiles', () => {
  test('default: a reader written from the specification verifies both logs, entries and all', async () => {
    await sealed(world.aldhelm);
    for (const { name: log } of STREAMS) {
      const shown = await checkpoint(world.aldhelm, log);
      expect(shown.origin).toBe(origin(world.aldhelm, log));
      const [last] = (await world.ledger.checkpoints({ organization: world.aldhelm.organization, log })).slice(-1);
      expect([shown.size, `0x${shown.root.toString('hex')}`]).toEqual([last?.size, last?.root]);
      const entries = await readLog(prefix(world.aldhelm, log), shown);
      expect(shown.size).toBeGreaterThan(log === 'records' ? 256 : 1);
      // A commitment each, and nothing else.
      expect(new Set(entries.map(({ length }) => length))).toEqual(new Set([32]));
      expect(new Set(entries.map((entry) => entry.toString('hex'))).size).toBe(shown.size);
    }
  });

  test('behavior: types and caching; what is not there, or spelt otherwise, is not found', async () => {
    const at = (path: string) => fetch(`${prefix(world.aldhelm, 'records')}/${path}`);
    const shown = await at('checkpoint');
    expect(shown.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(shown.headers.get('cache-control')).toBe('public, max-age=2');
    const tile = await at('tile/0/000.p/3');
    expect(tile.headers.get('content-type')).toBe('application/octet-stream');
    expect((await tile.arrayBuffer()).byteLength).toBe(96);
    for (const path of [
      'tile/0/999',
      'tile/0/0',
      'tile/0/000.p/256',
      'tile/9/000.p/1',
      'tile/63/x999/999',
      'tile/entries/x001/000',
    ])
      expect((await at(path)).status).toBe(404);
    expect((await fetch(`${prefix(world.aldhelm, 'other')}/checkpoint`)).status).toBe(404);
  });

  test('error: a reader notices a tile that was changed', async () => {
    const shown = await checkpoint(world.aldhelm, 'access');
    const { database } = world.aldhelm.running.context;
    await database.query("update log_node set hash = sha256(hash) where log = 'access' and level = 0 and index = 1");
    await expect(readLog(prefix(world.aldhelm, 'access'), shown)).rejects.toThrow('another entry');
    await database.query(
      "update log_node set hash = sha256('\\x00'::bytea || entry) where log = 'access' and level = 0",
    );
    await readLog(prefix(world.aldhelm, 'access'), shown);
  });
});

describe('witnesses', () => {
  test('default: each hospital cosigns what it found consistent; the log shows the cosignature', async () => {
    await sealed(world.luzNova);
    await world.aldhelm.running.transparency.round();
    const witness = tlogKey(await logKey(world.luzNova), undefined, 4);
    for (const { name: log } of STREAMS) {
      const now = Date.now() / 1000;
      expect((await checkpoint(world.aldhelm, log)).cosigned(witness)).toBeGreaterThan(now - 60);
      const kept = await fetch(`${world.luzNova.url}/api/v1/witness/${world.aldhelm.organization}/${log}`);
      const seen = openCheckpoint(await kept.text(), tlogKey(await logKey(world.aldhelm), origin(world.aldhelm, log)));
      expect(seen.cosigned(witness)).toBeGreaterThan(now - 60);
    }
    await world.desk.fhir.create({ resourceType: 'Basic', code: { text: 'one more' } });
    await sealed(world.aldhelm);
    // The new checkpoint has no cosignature until the witness has seen it.
    expect((await checkpoint(world.aldhelm, 'records')).cosigned(witness)).toBeUndefined();
    await world.luzNova.running.transparency.round();
    await world.aldhelm.running.transparency.round();
    expect((await checkpoint(world.aldhelm, 'records')).cosigned(witness)).toBeDefined();
    expect(await world.luzNova.running.transparency.findings()).toEqual([]);
  });

  test('behavior: add-checkpoint as tlog-witness has it: 409 with the size, 422, 404, 403, 400', async () => {
    const add = (body: string) => fetch(`${world.luzNova.url}/api/v1/witness/add-checkpoint`, { method: 'POST', body });
    const shown = await checkpoint(world.aldhelm, 'records');
    const own = await note(world.aldhelm, 'records');
    const behind = await add(`old 0\n\n${own}`);
    expect([behind.status, await behind.text(), behind.headers.get('content-type')]).toEqual([
      409,
      `${shown.size}\n`,
      'text/x.tlog.size',
    ]);
    const again = await add(`old ${shown.size}\n\n${own}`);
    expect(again.status).toBe(200);
    expect(await again.text()).toMatch(/^— \S+ \S+\n$/);

    await world.desk.fhir.create({ resourceType: 'Basic', code: { text: 'another' } });
    await sealed(world.aldhelm);
    const next = await note(world.aldhelm, 'records');
    const hash = Buffer.alloc(32, 7).toString('base64');
    expect((await add(`old ${shown.size}\n${hash}\n\n${next}`)).status).toBe(422);
    expect((await add(`old ${shown.size + 100}\n\n${next}`)).status).toBe(400);
    expect((await add(`old ${shown.size}\n\n${next.replace(/^anamnesis/, 'example.com')}`)).status).toBe(404);
    expect(
      (await add(`old ${shown.size}\n\n${next.replace(`\n${shown.size + 1}\n`, `\n${shown.size + 9}\n`)}`)).status,
    ).toBe(403);
    expect((await add('old one\n\n')).status).toBe(400);
    // Its own log is not one that it witnesses.
    expect((await add(`old 0\n\n${await note(world.luzNova, 'records')}`)).status).toBe(404);
    // A false proof says nothing about the log: nothing was found, and the next round goes on as ever.
    await world.luzNova.running.transparency.round();
    expect(await world.luzNova.running.transparency.findings()).toEqual([]);
  });
});

describe('anamnesis monitor', () => {
  test('default: watches both hospitals, remembers in a file, says who cosigned', async () => {
    for (const node of [world.aldhelm, world.luzNova]) {
      await sealed(node);
      await node.running.transparency.round();
    }
    const first = await monitor();
    expect(first).toMatchObject({ code: 0, unreachable: [] });
    const [records] = first.logs;
    expect(records).toMatchObject({ organization: 1, log: 'records', witnesses: [2], findings: [] });
    const { size } = records?.shown ?? { size: 0 };
    expect(JSON.parse(await readFile(join(folder.path, 'seen.json'), 'utf8'))).toMatchObject({
      '1/records': { seen: { size } },
    });
    expect((await monitor()).code).toBe(0);
  });
});

describe('a fork', () => {
  test('error: two roots for one size: the witness refuses, keeps both as evidence and puts it on the ledger', async () => {
    const { organization, running } = world.luzNova;
    const { log: secret, operator } = await openNodeKeys(keysPath(running.config));
    const of = { ...world.ledger.contracts, chainId: world.ledger.chainId, organization, log: 'records' } as const;
    const { size } = await checkpoint(world.luzNova, 'records');
    const root = Buffer.alloc(32, 9);
    const body = formatCheckpoint({ origin: checkpointOrigin(of), size, root });
    const privateKey = fromBase64Url(secret) ?? new Uint8Array(0);
    const state = { size, root: `0x${root.toString('hex')}` } as const;
    const line = await operatorLine(privateKeyToAccount(operator), of, state);
    const lie = `${signNote(body, { name: checkpointOrigin(of), privateKey })}${line}\n`;
    const address = `${world.aldhelm.url}/api/v1/witness/add-checkpoint`;
    const answer = await fetch(address, { method: 'POST', body: `old ${size}\n\n${lie}` });
    expect(answer.status).toBe(409);
    const { findings } = (await (await fetch(`${world.aldhelm.url}/api/v1/log-findings`)).json()) as {
      findings: KeptFinding[];
    };
    expect(findings).toEqual([
      expect.objectContaining({ kind: 'fork', organization, log: 'records', size, goneAt: null }),
    ]);
    expect(findings[0]?.evidence[1]).toBe(lie);
    await world.aldhelm.running.transparency.round();
    const { rpcUrl, deployment } = world.testbed.ledger;
    const reader = connectLedger({
      rpcUrls: [rpcUrl],
      chainId: of.chainId,
      policy: chainPolicy('embedded'),
      deployment,
    });
    const accused = await eventually('the accusation', () => equivocatedAt(reader, of));
    expect(accused.contradiction).toBe('two-roots');
    // Whoever watches from outside hears of it from the witness, though the log itself shows the other side only.
    const kept = { seen: { size, root: state.root }, waiting: null, absentSince: null };
    await writeFile(join(folder.path, 'seen.json'), JSON.stringify({ [`${organization}/records`]: kept }));
    const watched = await monitor();
    expect(watched.code).toBe(8);
    expect(watched.logs.flatMap(({ findings }) => findings)).toMatchObject([{ kind: 'fork', size }]);
    // The same again is nothing new.
    await fetch(address, { method: 'POST', body: `old ${size}\n\n${lie}` });
    expect(await world.aldhelm.running.transparency.findings()).toHaveLength(1);
  });

  test('error: signed with a key that was handed over since, it is evidence all the same', async () => {
    const { organization, running } = world.luzNova;
    const { log: secret, operator } = await openNodeKeys(keysPath(running.config));
    const retired = privateKeyToAccount(operator);
    const of = { ...world.ledger.contracts, chainId: world.ledger.chainId, organization, log: 'access' } as const;
    await sealed(world.luzNova);
    const { size } = await checkpoint(world.luzNova, 'access');
    await running.handover.begin(retired.address, 'the test', async () => {});
    await eventually('the hand-over', async () => {
      const now = await running.handover.status();
      return now.underWay === null && now.former === null ? now : null;
    });
    await world.aldhelm.running.context.directory.sync();
    const root = Buffer.alloc(32, 8);
    const privateKey = fromBase64Url(secret) ?? new Uint8Array(0);
    const body = formatCheckpoint({ origin: checkpointOrigin(of), size, root });
    const line = await operatorLine(retired, of, { size, root: `0x${root.toString('hex')}` });
    const lie = `${signNote(body, { name: checkpointOrigin(of), privateKey })}${line}\n`;
    const address = `${world.aldhelm.url}/api/v1/witness/add-checkpoint`;
    const held = (await world.aldhelm.running.transparency.witnessed(organization, 'access'))?.size ?? 0;
    await fetch(address, { method: 'POST', body: `old ${held}\n\n${lie}` });
    await world.aldhelm.running.transparency.round();
    const { rpcUrl, deployment } = world.testbed.ledger;
    const policy = chainPolicy('embedded');
    const reader = connectLedger({ rpcUrls: [rpcUrl], chainId: of.chainId, policy, deployment });
    const accused = await eventually('the accusation', () => equivocatedAt(reader, of));
    expect(['two-roots', 'other-than-posted']).toContain(accused.contradiction);
  });
});

describe('a node that was set back', () => {
  const status = async (node: TestbedNode) => (await fetch(`${node.url}/api/v1/status`)).json() as Promise<Answer>;
  const decide = (token: string | undefined, body: object) =>
    fetch(`${world.luzNova.url}/api/v1/rollback-decisions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const write = (text: string) => world.silva.fhir.create({ resourceType: 'Basic', code: { text } });
  const database = () => join(folder.path, 'nodes', 'luz-nova', 'database');
  let size: number;

  test('error: it notices while the ledger is silent, by what it signed and a witness kept', async () => {
    await sealed(world.luzNova);
    await world.stop();
    await cp(database(), join(folder.path, 'earlier'), { recursive: true });
    world = await startHospitals(folder.path, options);
    await write('to be lost');
    await write('lost as well');
    await sealed(world.luzNova);
    size = (await world.silva.getLog('records')).size;
    await world.aldhelm.running.transparency.round();
    await world.stop();
    await rm(database(), { recursive: true });
    await cp(join(folder.path, 'earlier'), database(), { recursive: true });

    world = await startHospitals(folder.path, { ...options, ledgerDownFor: ['luz-nova'] });
    expect((await fetch(`${world.luzNova.url}/readyz`)).status).toBe(200);
    await world.luzNova.running.transparency.round();
    expect((await status(world.luzNova)).sealing.rolledBack).toMatchObject({
      ...{ log: 'records', posted: { size }, witness: world.aldhelm.organization },
    });
    expect((await fetch(`${world.luzNova.url}/readyz`)).status).toBe(503);
    await expect(world.silva.fhir.search('Patient', '')).rejects.toMatchObject({ status: 503 });
    // It signs nothing while it is so, and its peer says what it sees.
    expect((await checkpoint(world.luzNova, 'records')).size).toBe(size - 2);
    await world.aldhelm.running.transparency.round();
    const found = await world.aldhelm.running.transparency.findings();
    const { organization } = world.luzNova;
    expect(found.map(({ kind, organization, log, size }) => ({ kind, organization, log, size }))).toContainEqual({
      ...{ kind: 'rollback', organization, log: 'records', size: size - 2 },
    });
  });

  test('behavior: only an operator decides, naming what was lost; the decision is logged and stays visible', async () => {
    const { tokens } = world.luzNova;
    const { rolledBack } = (await status(world.luzNova)).sealing;
    const reason = 'The backup of Sunday is all there is: two entries are lost.';
    const named = { postedRoot: rolledBack?.posted.root, reason };
    expect((await decide(undefined, named)).status).toBe(401);
    expect((await decide(tokens.clinician, named)).status).toBe(403);
    expect((await decide(tokens.operator, { ...named, reason: 'no' })).status).toBe(400);
    expect((await decide(tokens.operator, { ...named, postedRoot: `0x${'0'.repeat(64)}` })).status).toBe(409);
    await expect(world.silva.fhir.search('Patient', '')).rejects.toMatchObject({ status: 503 });

    const first = await decide(tokens.operator, named);
    expect(first.status).toBe(201);
    expect(((await first.json()) as Answer).made).toMatchObject({
      ...{ log: 'records', kept: size - 2, posted: size, decidedBy: 'Operator', reason },
    });
    // The access log was set back as well: the witness knows that too, and it is decided by itself.
    await world.luzNova.running.transparency.round();
    const other = (await status(world.luzNova)).sealing.rolledBack;
    expect(other).toMatchObject({ log: 'access', witness: world.aldhelm.organization });
    const token = { ANAMNESIS_TOKEN: tokens.operator ?? '' };
    const command = ['rollback', '--json', '--node', world.luzNova.url];
    expect(await anamnesis(command, token)).toMatchObject({ code: 8 });
    const goOn = ['--go-on-without', other?.posted.root ?? '', '--reason', reason];
    expect((await anamnesis([...command, ...goOn], token)).code).toBe(0);
    expect((await anamnesis(command)).json()).toMatchObject({ rolledBack: null, decisions: { length: 2 } });
    expect((await decide(tokens.operator, named)).status).toBe(409);

    const { decisions, sealing } = await status(world.luzNova);
    expect(sealing.rolledBack).toBeNull();
    expect(decisions[0]).toMatchObject({ log: 'records', reason });
    await write('life goes on');
  });

  test('behavior: a restart keeps the decision; others see the contradiction', async () => {
    await world.stop();
    world = await startHospitals(folder.path, options);
    expect((await status(world.luzNova)).sealing.rolledBack).toBeNull();
    expect((await world.silva.fhir.search('Patient', '')).resourceType).toBe('Bundle');
    await sealed(world.luzNova);
    const { organization } = world.luzNova;
    expect((await world.ledger.checkpoints({ organization, log: 'records' })).at(-1)?.size).toBe(size + 1);
    await world.aldhelm.running.transparency.round();
    const found = await world.aldhelm.running.transparency.findings();
    expect(found.map(({ kind, log }) => `${kind} ${log}`)).toContain('fork access');
  });
});
