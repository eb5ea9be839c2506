import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, openTestPGlite, type TestDatabase } from '../testing/databases.ts';
import { openDatabase } from './index.ts';
import { MIGRATIONS } from './migrations/index.ts';

describe.each(ENGINES)('database on $name', ({ open }) => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await open();
    await test_.database.query('create table note (id integer primary key, content text)');
  });
  afterAll(() => test_.end());

  test('default: values have one form on both engines', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z');
    const [row] = await test_.database.query(
      `select $1::bytea as bytes, $2::bytea[] as many, $3::bigint as big, $4::bigint[] as bigs, $5::timestamptz as at,
        $6::text[] as texts, $7::text as nothing, $8::boolean as yes, $9::bytea[] as some, count(*) as counted from note`,
      [
        Uint8Array.of(0, 255),
        [Uint8Array.of(1), Uint8Array.of()],
        2 ** 40,
        [1, 2 ** 50],
        at.toISOString(),
        ['a"b', '\\{,}', null],
        null,
        true,
        [null, Uint8Array.of(2)],
      ],
    );
    expect(row).toEqual({
      bytes: Buffer.from([0, 255]),
      many: [Buffer.from([1]), Buffer.alloc(0)],
      big: 2 ** 40,
      bigs: [1, 2 ** 50],
      at,
      texts: ['a"b', '\\{,}', null],
      nothing: null,
      yes: true,
      some: [null, Buffer.from([2])],
      counted: 0,
    });
  });

  test('behavior: a transaction takes effect as a whole, and what it remembers only when it does', async () => {
    const { database } = test_;
    const effects: string[] = [];
    await database.transaction(async (tx) => {
      tx.onCommit(() => effects.push('first'));
      await tx.query('insert into note values ($1, $2)', [1, 'a']);
    });
    const failing = database.transaction(async (tx) => {
      tx.onCommit(() => effects.push('second'));
      await tx.query('insert into note values ($1, $2)', [2, 'b']);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(effects).toEqual(['first']);
    expect(await database.query('select id from note')).toEqual([{ id: 1 }]);
  });

  test('behavior: large values in and out', async () => {
    const content = 'x'.repeat(5_000_000);
    const rows = await test_.database.query('select $1::text as content, repeat($2::text, 4000000) as made', [
      content,
      'é',
    ]);
    expect(rows[0]).toEqual({ content, made: 'é'.repeat(4_000_000) });
  });

  test('behavior: opening again migrates nothing twice', async () => {
    const rows = await test_.database.query<{ id: string }>('select id from schema_version order by id');
    expect(rows.map((row) => row.id)).toEqual(MIGRATIONS.map((migration) => migration.id).toSorted());
  });

  test('error: a failed statement fails the transaction even when its error is caught', async () => {
    const { database } = test_;
    const swallowing = database.transaction(async (tx) => {
      await tx.query('insert into note values ($1, $2)', [3, 'c']);
      await tx.query('insert into note values ($1, $2)', [3, 'again']).catch(() => {});
    });
    await expect(swallowing).rejects.toMatchObject({
      code: 'storage-refused',
      sqlState: '23505',
      constraint: 'note_pkey',
    });
    expect(await database.query('select id from note where id = 3')).toEqual([]);
  });

  test('error: messages hold no values', async () => {
    const { database } = test_;
    const secret = 'Maria da Luz';
    const failures = [
      () => database.query('insert into note values ($1, $2)', [1, secret]),
      () => database.query('select $1::integer', [secret]),
      () => database.query('select 1 / length($1::text) - 1 / 0', [secret]),
    ];
    for (const failure of failures) {
      const error = await failure().catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ code: 'storage-refused' });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
      expect((error as Error).cause).toBeUndefined();
    }
  });
});

describe('location', () => {
  test('error: a directory that is open is not opened twice', async () => {
    const { location, end } = await openTestPGlite();
    await expect(openDatabase(location)).rejects.toMatchObject({ code: 'storage-in-use' });
    await end();
  });

  test('behavior: PGlite waits for the disk at each commit', async () => {
    const { database, end } = await openTestPGlite();
    const [row] =
      await database.query(`select current_setting('fsync') as fsync, current_setting('wal_sync_method') as method,
      current_setting('synchronous_commit') as commit`);
    expect(row).toEqual({ fsync: 'on', method: 'fsync', commit: 'on' });
    await end();
  });

  test('behavior: what PGlite has answered is not kept in memory', async () => {
    const { database, end } = await openTestPGlite();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held = async (queries: number): Promise<number> => {
      for (let at = 0; at < queries; at++)
        await database.query(
          'select number, repeat(number::text, 200) as text from generate_series(1, 1000) as number',
        );
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = await held(2);
    // 40 answers of 1000 rows: kept, they would take more than 20 MB.
    expect((await held(40)) - before).toBeLessThan(5_000_000);
    await end();
  });

  test('behavior: PGlite makes checkpoints, though nothing runs in its background', { timeout: 30_000 }, async () => {
    const { database, end } = await openTestPGlite();
    await database.query('create table page (id integer primary key, content bytea)');
    const redo = async (): Promise<string | undefined> =>
      (await database.query<{ redo: string }>('select redo_lsn::text as redo from pg_control_checkpoint()'))[0]?.redo;
    const before = await redo();
    const started = performance.now();
    for (let at = 0; (await redo()) === before && performance.now() - started < 20_000; at++) {
      await database.transaction((tx) =>
        tx.query('insert into page values ($1, $2) on conflict (id) do update set content = excluded.content', [
          at % 7,
          randomBytes(120_000),
        ]),
      );
    }
    expect(await redo()).not.toBe(before);
    await end();
  });

  test('error: no such server', async () => {
    const url = 'postgres://postgres:secret@127.0.0.1:1/none';
    const error = await openDatabase({ url }).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: 'storage-unavailable' });
    expect((error as Error).message).not.toContain('secret');
  });
});
