import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getOrganization, organizationOf } from '@anamnesis/ledger';
import type { OperatorHandover } from '@anamnesis/protocol';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keysPath, type NodeKeys } from '../config/index.ts';
import { LOCATIONS } from '../testing/databases.ts';
import { json } from '../testing/portal-world.ts';
import { type SmartNode, startSmartNode } from '../testing/smart-world.ts';
import { startWorld, type World } from '../testing/world.ts';

/* A node in a process of its own, killed with SIGKILL while its organisation changes its key and records are written. It ends with the new key, every time, and
 * nothing that was acknowledged is missing. */

const MAIN = join(import.meta.dirname, '../main.ts');
const PATH = '/api/v1/keys/operator/hand-over';
/** How long after the hand-over was asked for each kill comes, in milliseconds; the node looks at the ledger every 250. */
const KILLS = [100, 600];

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe.each(LOCATIONS)('killed while it changes its key: $name', ({ at }) => {
  let node: SmartNode;
  let environment: NodeJS.ProcessEnv;
  let child: ChildProcess | null = null;

  beforeAll(async () => {
    const where = await at();
    node = await startSmartNode(world, where);
    const { config } = node.running;
    await node.fhir('Patient/maria', { method: 'PUT', body: { resourceType: 'Patient', id: 'maria' } });
    await node.stop();
    const deployment = join(config.directory, 'deployment.json');
    await writeFile(deployment, JSON.stringify(config.deployment));
    environment = {
      PATH: process.env.PATH ?? '',
      ANAMNESIS_ORGANIZATION: String(config.organization),
      ANAMNESIS_NAME: config.name,
      PORT: String(config.port),
      ANAMNESIS_PUBLIC_URL: config.publicUrl,
      ANAMNESIS_DIRECTORY: config.directory,
      ANAMNESIS_RPC_URLS: config.rpcUrls.join(','),
      ANAMNESIS_DEPLOYMENT: deployment,
      ANAMNESIS_SEAL_AFTER_MS: '50',
      ANAMNESIS_WATCH_EVERY_MS: '0',
      DATABASE_URL: where.databaseUrl ?? '',
    };
  });
  afterAll(() => kill());

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [MAIN], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let said = '';
    for await (const chunk of started.stderr) {
      said += String(chunk);
      if (said.includes('answers at')) return started.stderr.resume() && undefined;
    }
    throw new Error(`it did not start: ${said}`);
  }

  async function kill(): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  const look = async (): Promise<OperatorHandover> =>
    (await json(node, 'GET', PATH, { token: node.tokens.operator })).body;

  test('behavior: it goes on where it was, and nothing that was acknowledged is missing', async () => {
    const { config } = node.running;
    const acknowledged: string[] = [];
    await start();
    for (const after of KILLS) {
      const { operator: old } = await look();
      const asked = await json(node, 'POST', PATH, { body: { replaces: old }, token: node.tokens.operator });
      expect(asked.status).toBe(202);
      const killing = new Promise((resolve) => setTimeout(resolve, after)).then(kill);
      // Written until the node is gone.
      for (let alive = true; alive; ) {
        const body = {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: 'Patient/maria' },
        };
        await node.fhir('Observation', { method: 'POST', body }).then(
          async (answer) => void acknowledged.push(((await answer.json()) as { id: string }).id),
          () => {
            alive = false;
          },
        );
      }
      await killing;

      await start();
      const done = await eventually(async () => {
        const now = await look();
        return now.operator !== old && now.underWay === null && now.former === null && now.last?.erasedAt ? now : null;
      });
      const { operator } = (await getOrganization(world.reader, { id: config.organization })) ?? {};
      expect(done).toMatchObject({ operator, last: { from: old, to: operator } });
      expect(await organizationOf(world.reader, { operator: old as `0x${string}` })).toBeNull();
      const keys = JSON.parse(await readFile(keysPath(config), 'utf8')) as NodeKeys;
      expect([privateKeyToAccount(keys.operator).address, keys.nextOperator, keys.formerOperator]).toEqual([
        operator,
        undefined,
        undefined,
      ]);
      // Everything is sealed, by the new key.
      await eventually(async () => {
        const { body } = await json(node, 'GET', '/api/v1/status');
        expect(body.sealing).toMatchObject({ rolledBack: null, problem: null });
        return body.logs.records.waiting === 0 && body.sealing.outbox === 0 ? true : null;
      });
    }
    for (const id of acknowledged) expect((await node.fhir(`Observation/${id}`)).status).toBe(200);
    expect(acknowledged.length).toBeGreaterThan(KILLS.length);
  }, 120_000);
});

/** Asks until the answer is a value; gives up after 20 seconds. */
async function eventually<T>(ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((done) => setTimeout(done, 50));
  }
}
