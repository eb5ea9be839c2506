import { equalBytes, leafHash, rootOfLeaves, verifyConsistency, verifyInclusion } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, type TestDatabase } from '../testing/databases.ts';
import { appendLeaves, consistency, inclusion, inclusions, leafHashes, logRoot, logSize } from './index.ts';

const leaf = (index: number): Uint8Array => new Uint8Array(32).fill(index);

describe.each(ENGINES)('log on $name', ({ open }) => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await open();
  });
  afterAll(() => test_.end());

  test('default: leaves appended in pieces give the root of all of them, and proofs of every size hold', async () => {
    const { database } = test_;
    const leaves = Array.from({ length: 21 }, (_, index) => leaf(index));
    const pieces = [1, 2, 5, 1, 9, 3];
    let at = 0;
    for (const length of pieces) {
      const first = await database.transaction((tx) => appendLeaves(tx, 'records', leaves.slice(at, at + length)));
      expect(first).toBe(at);
      at += length;
    }
    expect(await logSize(database, 'records')).toBe(21);
    expect(await leafHashes(database, 'records', 19, 30)).toHaveLength(2);
    for (let size = 1; size <= 21; size++) {
      const root = await logRoot(database, 'records', size);
      expect(equalBytes(root, rootOfLeaves(leaves.slice(0, size)))).toBe(true);
      const path = await inclusion(database, 'records', size - 1, size);
      expect(verifyInclusion({ leafHash: leafHash(leaf(size - 1)), index: size - 1, size, path, root })).toBe(true);
      const toRoot = await logRoot(database, 'records', 21);
      const steps = await consistency(database, 'records', size, 21);
      expect(verifyConsistency({ from: size, fromRoot: root, to: 21, toRoot, path: steps })).toBe(true);
    }
    const many = await inclusions(database, 'records', [0, 7, 20], 21);
    const one = await inclusion(database, 'records', 7, 21);
    expect(many[1]).toEqual(one);
  });

  test('behavior: appends at the same time each get places of their own', async () => {
    const { database } = test_;
    const before = await logSize(database, 'access');
    const firsts = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        database.transaction((tx) => appendLeaves(tx, 'access', [leaf(index), leaf(index)])),
      ),
    );
    expect(firsts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, at) => before + 2 * at));
    const hashes = await leafHashes(database, 'access', before, before + 24);
    expect(equalBytes(hashes[0] as Uint8Array, hashes[1] as Uint8Array)).toBe(true);
  });

  test('behavior: a transaction that fails leaves the log as it was', async () => {
    const { database } = test_;
    const size = await logSize(database, 'access');
    const failing = database.transaction(async (tx) => {
      await appendLeaves(tx, 'access', [leaf(1)]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await logSize(database, 'access')).toBe(size);
  });

  test('error: a size or leaf that the log does not have', async () => {
    const { database } = test_;
    await expect(logRoot(database, 'records', 22)).rejects.toMatchObject({ code: 'log-range' });
    await expect(inclusion(database, 'records', 5, 5)).rejects.toMatchObject({ code: 'log-range' });
    await expect(consistency(database, 'records', 3, 99)).rejects.toMatchObject({ code: 'log-range' });
  });
});
