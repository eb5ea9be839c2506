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
  // A run begins a turn of the event loop after it could; what ends the one before takes part of another.
  const turn = async (): Promise<void> => {
    for (let at = 0; at < 2; at++) await new Promise((resolve) => setImmediate(resolve));
  };
  const release = async (): Promise<void> => {
    gates.shift()?.();
    await turn();
  };
  /** Submits the first job, lets its run begin, then submits the rest. */
  const submit = async ([first = '', ...rest]: string[]): Promise<{ all: Promise<string>[] }> => {
    const all = [group.submit(first)];
    await turn();
    return { all: [...all, ...rest.map((job) => group.submit(job))] };
  };
  return { group, runs, release, submit, turn };
}

describe('group', () => {
  test('default: what arrives while a run is under way goes into the next together', async () => {
    const { runs, release, submit } = heldGroup();
    const { all } = await submit(['a', 'b', 'c']);
    expect(runs).toEqual([['a']]);
    await release();
    expect(runs).toEqual([['a'], ['b', 'c']]);
    await release();
    expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!']);
  });

  test('behavior: what comes in the same turn of the event loop goes together', async () => {
    const { group, runs, release, turn } = heldGroup();
    const all = ['a', 'b', 'c'].map((job) => group.submit(job));
    await turn();
    expect(runs).toEqual([['a', 'b', 'c']]);
    await release();
    expect(await Promise.all(all)).toEqual(['a!', 'b!', 'c!']);
  });

  test('behavior: no more than the limit, and jobs of one key apart and in order', async () => {
    const { runs, release, submit } = heldGroup({ limit: 2, keyOf: (job) => job[0] ?? null });
    const { all } = await submit(['x1', 'a1', 'a2', 'b1', 'b2']);
    for (let at = 0; at < 3; at++) await release();
    expect(runs).toEqual([['x1'], ['a1', 'b1'], ['a2', 'b2']]);
    await Promise.all(all);
  });

  test('behavior: a job that fails alone does not touch the others', async () => {
    const { release, submit } = heldGroup();
    const { all } = await submit(['a', 'bad', 'c']);
    const settled = Promise.allSettled(all);
    await release();
    await release();
    expect((await settled).map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('error: a run that throws is run again job by job', async () => {
    const { runs, release, submit } = heldGroup();
    const { all } = await submit(['a', 'b', 'poison', 'c']);
    const settled = Promise.allSettled(all);
    for (let at = 0; at < 5; at++) await release();
    expect(runs).toEqual([['a'], ['b', 'poison', 'c'], ['b'], ['poison'], ['c']]);
    expect((await settled).map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });
});
