import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, type TestDatabase } from '../testing/databases.ts';
import { TEST_MASTER_KEY } from '../testing/records-world.ts';
import { ContentKeys, keyOwner } from './index.ts';

describe.each(ENGINES)('content keys on $name', ({ open }) => {
  let own: TestDatabase;
  beforeAll(async () => {
    own = await open();
  });
  afterAll(() => own.end());

  const idsOf = (keys: ContentKeys, ...owners: string[]): Promise<(string | undefined)[]> =>
    own.database.transaction(async (tx) => {
      const found = await keys.forOwners(tx, owners);
      return owners.map((owner) => found.get(owner)?.id);
    });

  test('default: an owner keeps its key, here and in another process', async () => {
    const keys = new ContentKeys(TEST_MASTER_KEY);
    const first = await idsOf(keys, 'Patient/1', 'Patient/2', 'Patient/1');
    expect(first[0]).toBe(first[2]);
    expect(first[0]).not.toBe(first[1]);
    expect(await idsOf(keys, 'Patient/2', 'Patient/1')).toEqual([first[1], first[0]]);
    expect(await idsOf(new ContentKeys(TEST_MASTER_KEY), 'Patient/1')).toEqual([first[0]]);
  });

  test('behavior: made at the same time by two processes, one key counts for both', async () => {
    const made = await Promise.all(
      Array.from({ length: 4 }, () => idsOf(new ContentKeys(TEST_MASTER_KEY), 'Patient/3', 'Patient/4')),
    );
    expect(new Set(made.map((ids) => ids.join())).size).toBe(1);
  });

  test('behavior: a key of a transaction that failed is not remembered', async () => {
    const keys = new ContentKeys(TEST_MASTER_KEY);
    let lost: string | undefined;
    const failing = own.database.transaction(async (tx) => {
      lost = (await keys.forOwners(tx, ['Patient/5'])).get('Patient/5')?.id;
      // Read back within the transaction, as a GET in a Bundle does.
      await keys.withIds(tx, [lost as string]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await idsOf(keys, 'Patient/5')).not.toEqual([lost]);
  });

  test('error: an erased key, once it is forgotten', async () => {
    const keys = new ContentKeys(TEST_MASTER_KEY);
    const [id] = (await idsOf(keys, 'Patient/8')) as [string];
    await own.database.query('delete from content_key where id = $1', [id]);
    keys.forget(['Patient/8']);
    await expect(keys.withIds(own.database, [id])).rejects.toMatchObject({ code: 'key-erased' });
    expect(await idsOf(keys, 'Patient/8')).not.toEqual([id]);
  });

  test('behavior: single values sealed and opened in their place', async () => {
    const keys = new ContentKeys(TEST_MASTER_KEY);
    const { keyId, content } = await own.database.transaction((tx) => keys.seal(tx, 'Patient/6', 'terms', 'consent/1'));
    expect(await keys.open(own.database, keyId, content, 'consent/1')).toBe('terms');
    await expect(keys.open(own.database, keyId, content, 'consent/2')).rejects.toMatchObject({
      code: 'envelope-unreadable',
    });
  });

  test('error: another master key opens nothing', async () => {
    await idsOf(new ContentKeys(TEST_MASTER_KEY), 'Patient/7');
    const other = new ContentKeys(new Uint8Array(32));
    await expect(idsOf(other, 'Patient/7')).rejects.toMatchObject({ code: 'envelope-unreadable' });
    expect(() => new ContentKeys(new Uint8Array(31))).toThrow('32 bytes');
  });

  test('behavior: owners', () => {
    expect([keyOwner(null), keyOwner('7'), keyOwner('7', 4)]).toEqual([
      'Organization',
      'Patient/7',
      'Patient/7/sensitive/4',
    ]);
  });
});
