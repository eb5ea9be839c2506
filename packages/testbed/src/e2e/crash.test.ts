import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chainPolicy, connectLedger, listCheckpoints } from '@anamnesis/ledger';
import { consentDomain, type PostedCheckpoint } from '@anamnesis/protocol';
import { type Bundle, type Client, createClient, RequestError, type Resource, subjectAccount } from '@anamnesis/sdk';
import { createPublicClient, http } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../ports.ts';
import { anamnesis } from '../testing/cli.ts';
import type { Consortium } from '../testing/consortium.ts';
import { eventually, newFolder } from '../testing/hospitals.ts';

/* Ledger and nodes, killed with SIGKILL again and again while they are written to. What was acknowledged is there, once, in the records,
 * in the logs and on the ledger. */

const SCRIPT = join(import.meta.dirname, '../testing/consortium.ts');
const SYSTEM = 'https://crash.example/id';
/** How often everything is killed while it is written to. */
const ROUNDS = 4;
/** Refusals that Maria signs; each is an act on the ledger. */
const REFUSALS = 12;

let folder: Awaited<ReturnType<typeof newFolder>>;
let ports: readonly [ledger: number, nodes: number];
let running: ChildProcess | null = null;
let world: Consortium;

/** Starts everything; resolves when it answers, or null when it was killed before that. */
async function start(killAfterMs?: number): Promise<Consortium | null> {
  const child = spawn(process.execPath, [SCRIPT, folder.path, ...ports.map(String)], {
    // A group of its own, so that a kill takes the EVM along.
    detached: true,
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  const timer = killAfterMs === undefined ? null : setTimeout(kill, killAfterMs);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (!line.startsWith('{')) continue;
    if (timer !== null) clearTimeout(timer);
    return JSON.parse(line) as Consortium;
  }
  if (killAfterMs === undefined) throw new Error(`it did not start: ${complaint}`);
  return null;
}

function kill(): void {
  if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
  try {
    process.kill(-running.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function killAndWait(): Promise<void> {
  const child = running;
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  kill();
  await gone;
}

const clientOf = (at: number): Client => {
  const node = world.nodes[at] as Consortium['nodes'][number];
  return createClient({ baseUrl: node.url, token: node.tokens.integrator, timeout: 10_000 });
};

/** Everything that was acknowledged, at a node. */
interface Acknowledged {
  /** Values of identifiers; each was created on a condition, and asked for again until the answer came. */
  readonly identifiers: string[];
  /** Versions of records, with what they say. */
  readonly versions: { readonly id: string; readonly version: string; readonly text: string }[];
}

const acknowledged: readonly Acknowledged[] = [0, 1].map(() => ({ identifiers: [], versions: [] }));
const refused: number[] = [];
/** Checkpoints that a node named, before it was killed. */
const posted: {
  readonly organization: number;
  readonly log: 'records' | 'access';
  readonly checkpoint: PostedCheckpoint;
}[] = [];

let counter = 0;
const named = (value: string): Resource => ({
  resourceType: 'Basic',
  identifier: [{ system: SYSTEM, value }],
  code: { text: value },
});
const condition = (value: string): string => `identifier=${encodeURIComponent(`${SYSTEM}|${value}`)}`;

/**
 * One thing after the other until the node is gone. Each round begins with the last two things of the one before: that which had no answer,
 * and that which had one, as if the answer had been lost after all was on disk.
 */
async function write(at: number, lane: number, last: Map<number, string[]>): Promise<void> {
  const client = clientOf(at);
  const { identifiers, versions } = acknowledged[at] as Acknowledged;
  const before = last.get(lane) ?? [];
  // Of updates only the last: an earlier text is a change again.
  const again = lane < 2 ? [...before] : before.slice(-1).flatMap((value) => [value, value]);
  for (;;) {
    const value = again.shift() ?? `n${at}-${lane}-${counter++}`;
    last.set(lane, [...(last.get(lane) ?? []), value].slice(-2));
    try {
      if (lane === 0) {
        await client.fhir.create(named(value), { ifNoneExist: condition(value) });
        identifiers.push(value);
      } else if (lane === 1) {
        const values = [1, 2, 3, 4].map((n) => `${value}-${n}`);
        await client.fhir.post({
          resourceType: 'Bundle',
          type: 'transaction',
          entry: values.map((one) => ({
            resource: named(one),
            request: { method: 'POST', url: 'Basic', ifNoneExist: condition(one) },
          })),
        });
        identifiers.push(...values);
      } else {
        const id = `counted-${at}-${lane}`;
        const { meta } = await client.fhir.update({ resourceType: 'Basic', id, code: { text: value } });
        versions.push({ id, version: meta?.versionId ?? '', text: value });
      }
    } catch (error) {
      if (error instanceof RequestError && ['network', 'unavailable'].includes(error.code)) return;
      throw error;
    }
  }
}

async function refuse(): Promise<void> {
  const { chainId, consents } = world.deployment;
  const organization = world.nodes[0]?.organization ?? 0;
  const signer = subjectAccount(Buffer.from(world.maria.seed, 'hex'), { chainId, organization });
  const domain = consentDomain(chainId, consents);
  while (refused.length < REFUSALS) {
    try {
      await clientOf(0).revokeConsent({ subject: signer.address, index: 1_000 + refused.length, domain, signer });
      refused.push(1_000 + refused.length);
      await new Promise((done) => setTimeout(done, 60));
    } catch (error) {
      if (error instanceof RequestError && ['network', 'unavailable'].includes(error.code)) return;
      throw error;
    }
  }
}

async function watch(): Promise<void> {
  for (;;) {
    for (const [at, { organization }] of world.nodes.entries()) {
      for (const log of ['records', 'access'] as const) {
        try {
          const { checkpoint } = await clientOf(at).getLog(log);
          if (checkpoint !== null) posted.push({ organization, log, checkpoint });
        } catch (error) {
          if (error instanceof RequestError && error.code === 'network') return;
          throw error;
        }
      }
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Resolves some time after every node has acknowledged something of each kind in this round and a checkpoint was seen. */
async function workedOn(): Promise<void> {
  const before = acknowledged.map(({ identifiers, versions }) => [identifiers.length, versions.length] as const);
  const seen = posted.length;
  await eventually('work', async () => {
    const worked = acknowledged.every(({ identifiers, versions }, at) => {
      const [first = 0, second = 0] = before[at] ?? [];
      return identifiers.length >= first + 12 && versions.length >= second + 8;
    });
    return worked && posted.length > seen ? true : null;
  });
  await new Promise((done) => setTimeout(done, Math.random() * 600));
}

beforeAll(async () => {
  folder = await newFolder();
  const first = await freePorts(7);
  ports = [first, first + 1];
});
afterAll(async () => {
  await killAndWait();
  await folder.remove();
});

describe('kill -9 of everything', () => {
  test('behavior: killed at random points, also while it starts, it starts again', { timeout: 240_000 }, async () => {
    const last = [new Map<number, string[]>(), new Map<number, string[]>()];
    world = (await start()) as Consortium;
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) {
        if (round % 2 === 0) {
          await start(200 + Math.random() * 1_800);
          await killAndWait();
        }
        world = (await start()) as Consortium;
      }
      const work = [
        ...world.nodes.flatMap((_, at) =>
          [0, 1, 2, 3].map((lane) => write(at, lane, last[at] as Map<number, string[]>)),
        ),
        refuse(),
        watch(),
      ];
      await Promise.all([Promise.all(work), workedOn().then(killAndWait)]);
    }
    world = (await start()) as Consortium;
    expect(refused.length).toBeGreaterThan(0);
  });

  test('behavior: every acknowledged record is there exactly once', { timeout: 120_000 }, async () => {
    for (const at of [0, 1]) {
      const client = clientOf(at);
      const { identifiers, versions } = acknowledged[at] as Acknowledged;
      const found = new Map<string, number>();
      for await (const { resource } of client.fhir.searchAll('Basic', { identifier: `${SYSTEM}|`, _count: 500 })) {
        const [{ value = '' } = {}] = (resource?.identifier ?? []) as { value?: string }[];
        found.set(value, (found.get(value) ?? 0) + 1);
      }
      expect(identifiers.filter((value) => found.get(value) !== 1)).toEqual([]);
      expect([...found].filter(([, times]) => times !== 1)).toEqual([]);
      // A transaction is there as a whole or not at all.
      const groups = Map.groupBy(
        [...found.keys()].filter((value) => value.split('-').length === 4),
        (value) => value.replace(/-\d+$/, ''),
      );
      expect([...groups.values()].filter((group) => group.length !== 4)).toEqual([]);
      for (const { id, version, text } of versions) {
        expect(await client.fhir.read('Basic', id, { version })).toMatchObject({ code: { text } });
      }
      for (const id of new Set(versions.map((one) => one.id))) {
        const kept: Resource[] = [];
        for await (const { resource } of client.fhir.history('Basic', id)) if (resource) kept.push(resource);
        const numbers = kept.map(({ meta }) => Number(meta?.versionId));
        expect(numbers).toEqual(kept.map((_, n) => kept.length - n));
        // Nothing was stored twice in a row: what was sent again after a kill is the version that was there.
        const texts = kept.map(({ code }) => (code as { text: string }).text);
        expect(new Set(texts).size).toBe(texts.length);
      }
    }
  });

  test('behavior: as many leaves as versions, and the logs are those on the ledger', { timeout: 120_000 }, async () => {
    for (const at of [0, 1]) {
      const client = clientOf(at);
      const { tokens, url } = world.nodes[at] as Consortium['nodes'][number];
      let total = 0;
      for (let page: string | undefined = `${url}/fhir/R4/_history?_count=1000`; page !== undefined; ) {
        const answer: Response = await fetch(page, { headers: { authorization: `Bearer ${tokens.integrator}` } });
        const { entry = [], link = [] } = (await answer.json()) as Bundle;
        total += entry.length;
        page = link.find(({ relation }) => relation === 'next')?.url;
      }
      expect(total).toBe((await client.getLog('records')).size);
      await eventually('the seal', async () => {
        const { size, checkpoint } = await client.getLog('records');
        return checkpoint?.size === size ? true : null;
      });
    }
    const deployment = join(folder.path, 'deployment.json');
    await writeFile(deployment, JSON.stringify(world.deployment));
    const nodes = world.nodes.flatMap(({ url }) => ['--node', url]);
    const verified = await anamnesis(['verify', '--json', '--rpc', world.rpcUrl, '--deployment', deployment, ...nodes]);
    expect(verified.json()).toMatchObject({ ok: true, failures: [] });
    expect(verified.code).toBe(0);
  });

  test('behavior: every act stands on the ledger exactly once', { timeout: 120_000 }, async () => {
    const { deployment, rpcUrl } = world;
    const { chainId } = deployment;
    const reader = connectLedger({ rpcUrls: [rpcUrl], chainId, policy: chainPolicy('embedded'), deployment });
    const client = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
    const organization = world.nodes[0]?.organization ?? 0;
    const { address } = subjectAccount(Buffer.from(world.maria.seed, 'hex'), { chainId, organization });
    await eventually('the refusals', async () => {
      const { logs } = await refusals();
      return refused.every((index) => logs.includes(index)) ? true : null;
    });
    async function refusals(): Promise<{ logs: number[] }> {
      const found = await client.getLogs({ address: deployment.consents, fromBlock: 0n });
      const own = found.filter(({ topics }) => topics[1]?.endsWith(address.slice(2).toLowerCase()));
      return { logs: own.map(({ data }) => Number(BigInt(data))) };
    }
    const { logs } = await refusals();
    expect(new Set(logs).size).toBe(logs.length);

    for (const { organization: id } of world.nodes) {
      for (const log of ['records', 'access'] as const) {
        const checkpoints = await listCheckpoints(reader, { organization: id, log });
        const sizes = checkpoints.map(({ size }) => size);
        expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
        for (const { checkpoint } of posted.filter((one) => one.organization === id && one.log === log)) {
          const { root, size, block } = checkpoint;
          expect(checkpoints.filter((one) => one.size === size)).toEqual([expect.objectContaining({ root, block })]);
        }
      }
    }
    // Nobody's nonces have a gap or come twice, and nothing was sent that the ledger refused.
    const nonces = new Map<string, number[]>();
    const newest = await client.getBlockNumber();
    for (let number = 0n; number <= newest; number++) {
      const { transactions } = await client.getBlock({ blockNumber: number, includeTransactions: true });
      for (const { from, nonce, hash } of transactions) {
        nonces.set(from, [...(nonces.get(from) ?? []), nonce]);
        expect((await client.getTransactionReceipt({ hash })).status).toBe('success');
      }
    }
    for (const used of nonces.values()) expect(used).toEqual(used.map((_, n) => n));
    expect(nonces.size).toBeGreaterThan(2);
  });
});
