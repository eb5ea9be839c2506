import { describe, expect, test } from 'vitest';
import { Group, type Settled } from './group.ts';

/** A group whose runs wait for the test to let them go on. */
function heldGroup(options: { limit?: number; keyOf?: (job: string) => string | null } = {}) {
  const runs: string[][] = [];
  const gates: (() => void)[] = [];
  const group = new Group<string, string>(
    async (jobs) => {
      runs.push([...jobs]);
      await new Promise<void>((resolve) => gates.push(resolve));
      if (jobs.includes('poison')) throw new Error('poisoned');
      return jobs.map((job): Settled<string> => (job === 'bad' ? { error: new Error('bad') } : { value: `${job}!` }));
    },
    { limit: options.limit ?? 10, atOnce: 1, ...(options.keyOf && { keyOf: options.keyOf }) },
  );
  const release = async (): Promise<void> => {
    gates.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { group, runs, release };
}

describe('group', () => {
  test('default: what arrives while a run is under way goes into the next together', async () => {
    const { group, runs, release } = heldGroup();
    const all = ['a', 'b', 'c'].map((job) => group.submit(job));
    expect(runs).toEqual([['a']]);
    await release();
    expect(runs).toEqual([['a'], ['b', 'c']]);
    await release();
    expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!']);
  });

  test('behavior: no more than the limit, and jobs of one key apart and in order', async () => {
    const { group, runs, release } = heldGroup({ limit: 2, keyOf: (job) => job[0] ?? null });
    const all = ['x1', 'a1', 'a2', 'b1', 'b2'].map((job) => group.submit(job));
    for (let at = 0; at < 3; at++) await release();
    expect(runs).toEqual([['x1'], ['a1', 'b1'], ['a2', 'b2']]);
    await Promise.all(all);
  });

  test('behavior: a job that fails alone does not touch the others', async () => {
    const { group, release } = heldGroup();
    const all = ['a', 'bad', 'c'].map((job) => group.submit(job));
    const settled = Promise.allSettled(all);
    await release();
    await release();
    expect((await settled).map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('error: a run that throws is run again job by job', async () => {
    const { group, runs, release } = heldGroup();
    const settled = Promise.allSettled(['a', 'b', 'poison', 'c'].map((job) => group.submit(job)));
    for (let at = 0; at < 5; at++) await release();
    expect(runs).toEqual([['a'], ['b', 'poison', 'c'], ['b'], ['poison'], ['c']]);
    expect((await settled).map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });
});
