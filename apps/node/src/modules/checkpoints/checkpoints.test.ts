import { cp } from 'node:fs/promises';
import { listCheckpoints } from '@anamnesis/ledger';
import type { Log } from '@anamnesis/protocol';
import { bytesToHex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { appendLeaves, logRoot } from '../../storage/index.ts';
import {
  admitOrganization,
  type Identity,
  type NodeOptions,
  startNode,
  startWorld,
  type TestNode,
  type World,
} from '../../testing/world.ts';
import { checkpointCovering } from '../directory/index.ts';
import { keptCovering } from './decision.ts';
import { intendSeal } from './seal.ts';

let world: World;
let who: Identity;
let count = 0;
let folder: string;

beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(() => world.stop());

beforeEach(async () => {
  count += 1;
  who = await admitOrganization(world, count, `Organisation ${count}`, 'http://127.0.0.1:1');
  folder = await world.folder();
});

const start = (options: NodeOptions = {}) => startNode(world, who, { folder, ...options });

async function append(node: TestNode, log: Log, from: number, number: number): Promise<void> {
  const leaves = Array.from({ length: number }, (_, at) => new Uint8Array(32).fill(from + at));
  await node.database.transaction((tx) => appendLeaves(tx, log, leaves));
}

const posted = (log: Log) => listCheckpoints(world.reader, { organization: who.id, log });
const sizes = async (log: Log) => (await posted(log)).map(({ size }) => size);

describe('sealing', () => {
  test('default: seals what is there; the smallest checkpoint that covers a leaf is found', async () => {
    const node = await start();
    await append(node, 'records', 1, 3);
    await node.checkpoints.sealNow();
    await append(node, 'records', 4, 2);
    await append(node, 'access', 1, 1);
    await node.checkpoints.sealNow();
    await node.checkpoints.sealNow();
    expect(await sizes('records')).toEqual([3, 5]);
    expect(await sizes('access')).toEqual([1]);
    const root = bytesToHex(await logRoot(node.database, 'records', 3));
    expect(await checkpointCovering(node.database, who.id, 'records', 2)).toMatchObject({ size: 3, root });
    expect(await checkpointCovering(node.database, who.id, 'records', 3)).toMatchObject({ size: 5 });
    expect(await checkpointCovering(node.database, who.id, 'records', 5)).toBeNull();
    await node.stop();
  });

  test('behavior: by count, or by age', async () => {
    const byCount = await start({ sealEvery: 4 });
    await append(byCount, 'records', 1, 3);
    await append(byCount, 'records', 4, 2);
    await expect.poll(() => sizes('records'), { timeout: 5_000 }).toEqual([5]);
    await byCount.stop();
    const byAge = await start({ sealAfterMs: 50 });
    await append(byAge, 'access', 1, 1);
    await expect.poll(() => sizes('access'), { timeout: 5_000 }).toEqual([1]);
    await byAge.stop();
  });

  test('behavior: decided and then killed, the very same checkpoint is posted at the next start, once', async () => {
    const first = await start();
    await append(first, 'records', 1, 2);
    await first.checkpoints.stop();
    await first.sender.stop();
    await intendSeal(first.database, world.reader.deployment, 'records');
    await append(first, 'records', 3, 2);
    await first.directory.stop();
    await first.database.close();
    const second = await start();
    await expect.poll(() => sizes('records'), { timeout: 5_000 }).toEqual([2]);
    await second.stop();
    const third = await start();
    await third.checkpoints.sealNow();
    expect(await sizes('records')).toEqual([2, 4]);
    expect(third.checkpoints.status()).toEqual({ rolledBack: null, problem: null });
    await third.stop();
  });
});

describe('rollback', () => {
  test('error: an older database in place of the one that was sealed', async () => {
    const node = await start();
    await append(node, 'records', 1, 3);
    await node.checkpoints.sealNow();
    await node.stop();
    folder = await world.folder();
    const restored = await start();
    expect(() => restored.checkpoints.requireIntact()).toThrow(expect.objectContaining({ code: 'starting' }));
    await restored.checkpoints.ready();
    expect(restored.checkpoints.status().rolledBack).toMatchObject({
      log: 'records',
      posted: { size: 3 },
      found: { size: 0, root: null },
    });
    expect(() => restored.checkpoints.requireIntact()).toThrow(expect.objectContaining({ code: 'rolled-back' }));
    await append(restored, 'records', 7, 5);
    await expect(restored.checkpoints.sealNow()).rejects.toMatchObject({ code: 'rolled-back' });
    expect(await sizes('records')).toEqual([3]);
    await restored.stop();
  });

  test('error: another history of the same length', async () => {
    const node = await start();
    await append(node, 'access', 1, 3);
    await node.checkpoints.sealNow();
    await node.stop();
    folder = await world.folder();
    const forged = await start();
    await append(forged, 'access', 100, 4);
    await forged.checkpoints.ready();
    await forged.checkpoints.check();
    expect(forged.checkpoints.status().rolledBack).toMatchObject({ log: 'access' });
    await forged.stop();
    // The same database again is as rolled back as before.
    const again = await start();
    await again.checkpoints.ready();
    expect(again.checkpoints.status().rolledBack).toMatchObject({ log: 'access', found: { size: 3 } });
    expect(() => again.checkpoints.requireIntact()).toThrow('was rolled back or changed');
    await again.stop();
  });

  test('error: as many entries with another root; a backup that has grown again; one with an open post in its outbox', async () => {
    const node = await start();
    await append(node, 'records', 1, 2);
    await node.checkpoints.stop();
    await node.sender.stop();
    await intendSeal(node.database, world.reader.deployment, 'records');
    await node.directory.stop();
    await node.database.close();
    const backup = await world.folder();
    await cp(folder, backup, { recursive: true });
    const later = await start();
    await append(later, 'records', 3, 2);
    await later.checkpoints.sealNow();
    expect((await sizes('records')).at(-1)).toBe(4);
    await later.stop();

    folder = backup;
    const restored = await start();
    await restored.checkpoints.ready();
    expect(restored.checkpoints.status().rolledBack).toMatchObject({
      posted: { size: 4 },
      found: { size: 2, root: null },
    });
    // What the backup still meant to post is refused by the ledger, which has it or more.
    await append(restored, 'records', 50, 2);
    await restored.stop();
    for (const leaves of [0, 5]) {
      const grown = await start();
      await grown.checkpoints.ready();
      const { rolledBack } = grown.checkpoints.status();
      expect(rolledBack).toMatchObject({ log: 'records', posted: { size: 4 }, found: { size: 4 }, witness: null });
      expect(rolledBack?.found.root).not.toBe(rolledBack?.posted.root);
      await append(grown, 'records', 60, leaves);
      await grown.stop();
    }
    expect((await sizes('records')).at(-1)).toBe(4);
    const decided = await start();
    await decided.checkpoints.ready();
    const { posted } = decided.checkpoints.status().rolledBack ?? { posted: { root: '0x', size: 0 } };
    const choice = { postedRoot: posted.root, decidedBy: 'Operator', reason: 'nothing else is left' };
    await expect(decided.checkpoints.decide({ ...choice, postedRoot: '0x00' }, async () => {})).rejects.toThrow(
      'another',
    );
    const outcome = await decided.checkpoints.decide(choice, async () => {});
    expect(outcome).toMatchObject({ made: { kept: 2, posted: 4 }, rolledBack: null });
    await decided.checkpoints.sealNow();
    expect((await sizes('records')).at(-1)).toBe(9);
    // The leaves that were given up are covered by the next checkpoint, not by that of what was lost.
    expect(await keptCovering(decided.database, who.id, 'records', 1)).toMatchObject({ size: 2 });
    expect(await keptCovering(decided.database, who.id, 'records', 3)).toMatchObject({ size: 9 });
    await expect(decided.checkpoints.decide(choice, async () => {})).rejects.toThrow('nothing to decide');
    await decided.stop();
  });

  test('behavior: intact through restarts', async () => {
    for (const round of [1, 2]) {
      const node = await start();
      await node.checkpoints.ready();
      node.checkpoints.requireIntact();
      await append(node, 'records', round, 1);
      await node.checkpoints.sealNow();
      await node.stop();
    }
    expect(await sizes('records')).toEqual([1, 2]);
  });
});
