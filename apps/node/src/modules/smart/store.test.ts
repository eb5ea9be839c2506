import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, type TestDatabase } from '../../testing/databases.ts';
import { openApps } from './apps.ts';
import { MAX_FAILURES, openAttempts } from './attempts.ts';
import { type EntryStore, openEntryStore } from './store.ts';
import { openUsers } from './users.ts';

const KEY = new Uint8Array(32).fill(3);

describe.each(ENGINES)('entries of OAuth ($name)', ({ open }) => {
  let own: TestDatabase;
  let store: EntryStore;
  let now = 1_800_000_000_000;
  const clock = (): number => now;
  const rows = async (): Promise<number> =>
    (await own.database.query<{ count: number }>('select count(*)::integer as count from smart_entry'))[0]?.count ?? -1;

  beforeAll(async () => {
    own = await open();
    store = openEntryStore(own.database, KEY, clock);
  });
  afterAll(() => own.end());

  test('default: what is put is got until it ends, and its row goes', async () => {
    await store.put('AccessToken', 'secret-1', { scope: 'x' }, 60);
    expect(await store.get('AccessToken', 'secret-1')).toEqual({ value: { scope: 'x' }, consumedAt: null });
    expect(await store.get('RefreshToken', 'secret-1')).toBeNull();
    now += 61_000;
    expect(await store.get('AccessToken', 'secret-1')).toBeNull();
    await store.put('AccessToken', 'secret-2', {}, 60);
    expect(await rows()).toBe(1);
  });

  test('behavior: of many at once one takes it, one uses it up, one puts it', async () => {
    await store.put('Launch', 'one', { patient: 'maria' }, 60);
    const taken = await Promise.all([1, 2, 3, 4, 5].map(() => store.take('Launch', 'one')));
    expect(taken.filter((value) => value !== null)).toEqual([{ patient: 'maria' }]);
    await store.put('AuthorizationCode', 'code', {}, 60);
    const used = await Promise.all([1, 2, 3, 4, 5].map(() => store.consume('AuthorizationCode', 'code')));
    expect(used.filter(Boolean)).toHaveLength(1);
    const put = await Promise.all([1, 2, 3, 4, 5].map(() => store.putNew('ReplayDetection', 'jti', {}, 60)));
    expect(put.filter(Boolean)).toHaveLength(1);
    now += 61_000;
    expect(await store.putNew('ReplayDetection', 'jti', {}, 60)).toBe(true);
  });

  test('behavior: a grant goes with all that hangs on it; a session is found by its other name', async () => {
    await store.put('Grant', 'g', {}, 60, { grant: 'g' });
    await store.put('AccessToken', 'a', {}, 60, { grant: 'g' });
    await store.put('AccessToken', 'b', {}, 60, { grant: 'h' });
    await store.put('Session', 's', { jti: 's' }, 60, { uid: 'u' });
    await store.removeGrant('g');
    expect([await store.get('Grant', 'g'), await store.get('AccessToken', 'a')]).toEqual([null, null]);
    expect(await store.get('AccessToken', 'b')).not.toBeNull();
    expect((await store.getByUid('Session', 'u'))?.value).toEqual({ jti: 's' });
  });

  test('error: a row that was moved, or is read with another key', async () => {
    await store.put('AccessToken', 'mine', { scope: 'little' }, 60);
    await own.database.query(
      "update smart_entry set kind = 'ClientCredentials' where kind = 'AccessToken' and grant_key is null",
    );
    await expect(store.get('ClientCredentials', 'mine')).rejects.toMatchObject({ code: 'envelope-unreadable' });
    await store.put('AccessToken', 'mine', { scope: 'little' }, 60);
    const other = openEntryStore(own.database, new Uint8Array(32).fill(4), clock);
    await expect(other.get('AccessToken', 'mine')).rejects.toMatchObject({ code: 'envelope-unreadable' });
  });

  test('behavior: apps, users and attempts', async () => {
    const apps = openApps(own.database, clock);
    const users = openUsers(own.database, store, clock);
    const attempts = openAttempts(own.database, clock);
    const registration = {
      name: 'Chart',
      kind: 'confidential',
      redirectUris: ['https://app.example/'],
      scope: 'patient/*.rs',
    };
    const { app, secret } = await apps.register(registration, 'chart');
    expect(await apps.find('chart')).toEqual(app);
    expect(JSON.stringify(await apps.metadata('chart'))).not.toContain(secret);
    await expect(apps.register(registration, 'chart')).rejects.toMatchObject({ code: 'app-malformed' });
    await store.put('AccessToken', 'of-chart', {}, 60, { client: 'chart' });
    expect([await apps.disable('chart'), await apps.find('chart'), await store.get('AccessToken', 'of-chart')]).toEqual(
      [true, null, null],
    );

    const hale = await users.ensure({ name: 'Dr Hale', fhirUser: 'Practitioner/hale' }, { demo: true });
    expect(await users.demo()).toEqual([hale]);
    const again = await users.ensure({ name: 'Dr Hale', fhirUser: 'Practitioner/hale', external: 'staff-7' });
    expect([again.id, again.demo]).toEqual([hale.id, false]);
    expect((await users.findExternal('staff-7'))?.id).toBe(hale.id);
    await store.put('AccessToken', 'of-hale', {}, 60, { account: hale.id });
    expect([
      await users.disable(hale.id),
      await users.find(hale.id),
      await store.get('AccessToken', 'of-hale'),
    ]).toEqual([true, null, null]);
    await expect(users.ensure({ name: 'X', fhirUser: 'Device/x' })).rejects.toMatchObject({ code: 'user-malformed' });

    for (let tries = 0; tries < MAX_FAILURES; tries++) await attempts.failed('ip:1');
    await expect(attempts.require('ip:1')).rejects.toMatchObject({ status: 429 });
    await attempts.require('ip:1', 2 * MAX_FAILURES);
    await attempts.require('ip:2');
    now += 301_000;
    await attempts.require('ip:1');
  });
});
