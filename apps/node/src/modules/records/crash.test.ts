import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { equalBytes, rootOf, verifyRecordProof } from '@anamnesis/protocol';
import { describe, expect, inject, test } from 'vitest';
import {
  type Database,
  type DatabaseLocation,
  leafHashes,
  logRoot,
  logSize,
  openDatabase,
} from '../../storage/index.ts';
import { createPostgresDatabase } from '../../testing/postgres.ts';
import { clinician, testContext } from '../../testing/records-world.ts';
import { openRecords, openRecordWriter } from './index.ts';

const SCRIPT = fileURLToPath(new URL('../../testing/write-until-killed.ts', import.meta.url));

function start(location: DatabaseLocation): ChildProcess {
  const args = [SCRIPT, '--location', JSON.stringify(location)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Lets a process write, kills it with SIGKILL after so many acknowledgements, and returns all that it acknowledged. */
async function writeAndKill(location: DatabaseLocation, after: number): Promise<string[]> {
  const child = start(location);
  const acknowledged: string[] = [];
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    acknowledged.push(line);
    if (acknowledged.length === after) child.kill('SIGKILL');
  }
  await ended;
  return acknowledged.filter((line) => line !== 'ready');
}

/** Every acknowledged version is there and proved, the logs are whole, and nothing is in the database twice or half. */
async function expectWhole(database: Database, acknowledged: readonly string[], bundle = 7): Promise<void> {
  const reader = openRecords(testContext(database), clinician());
  for (const reference of acknowledged) {
    const [type = '', id = '', , version = ''] = reference.split('/');
    const resource = await reader.vread(type, id, version);
    const proof = await reader.proof(type, id, version);
    expect(verifyRecordProof(proof, resource)).toEqual({ ok: true });
  }
  for (const [log, table] of [
    ['records', 'resource_version'],
    ['access', 'access_entry'],
  ] as const) {
    const size = await logSize(database, log);
    const rows = await database.query<{ n: number; first: number; last: number }>(
      `select count(*) as n, min(leaf_index) as first, max(leaf_index) as last from ${table}`,
    );
    expect(rows[0]).toEqual({ n: size, first: 0, last: size - 1 });
    expect(equalBytes(await logRoot(database, log, size), rootOf(await leafHashes(database, log, 0, size)))).toBe(true);
  }
  const [torn] = await database.query<{ n: number }>(
    `select count(*) as n from resource r full join (select type, id, max(version) as version, count(*) as versions
       from resource_version group by type, id) v using (type, id)
     where r.version is distinct from v.version or v.versions is distinct from v.version`,
  );
  expect(torn).toEqual({ n: 0 });
  // A transaction Bundle (of seven organisations) is there as a whole or not at all.
  const [organizations] = await database.query<{ n: number }>(
    `select count(*) as n from resource where type = 'Organization'`,
  );
  expect((organizations?.n ?? 0) % bundle).toBe(0);
}

describe('kill -9', () => {
  test('default: PGlite loses nothing that it acknowledged, however often it is killed', {
    timeout: 60_000,
  }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'anamnesis-crash-'));
    const location = { directory, template: inject('pglite') };
    const acknowledged: string[] = [];
    for (const after of [25, 1, 90]) acknowledged.push(...(await writeAndKill(location, after)));
    expect(acknowledged.length).toBeGreaterThan(100);
    const database = await openDatabase(location);
    await expectWhole(database, acknowledged);
    const writer = openRecordWriter(testContext(database), clinician());
    expect((await writer.create({ resourceType: 'Patient' })).created).toBe(true);
    await database.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('behavior: PGlite killed while its directory is being made', { timeout: 60_000 }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'anamnesis-crash-'));
    const child = start({ directory });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // The lock file is the first thing made, the cluster takes seconds.
    while (!existsSync(join(directory, 'anamnesis.lock'))) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await ended;
    const database = await openDatabase({ directory, template: inject('pglite') });
    expect(await logSize(database, 'records')).toBe(0);
    await database.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('default: on PostgreSQL a node that is killed loses nothing that it acknowledged', {
    timeout: 60_000,
  }, async () => {
    const location = { url: await createPostgresDatabase(inject('postgres')) };
    const acknowledged = [...(await writeAndKill(location, 60)), ...(await writeAndKill(location, 60))];
    const database = await openDatabase(location);
    await expectWhole(database, acknowledged);
    await database.close();
  });

  test('behavior: several nodes on one PostgreSQL share its logs', { timeout: 60_000 }, async () => {
    const location = { url: await createPostgresDatabase(inject('postgres')) };
    const databases = await Promise.all(Array.from({ length: 3 }, () => openDatabase(location)));
    const acknowledged: string[] = [];
    const writing = databases.map(async (database, node) => {
      const writer = openRecordWriter(testContext(database), clinician());
      for (let at = 0; at < 12; at++) {
        const condition = { ifNoneExist: 'identifier=urn:shared|1' };
        const identifier = [{ system: 'urn:shared', value: '1' }];
        const written = await Promise.all([
          writer.create({ resourceType: 'Organization', identifier, name: 'Meridian' }, condition),
          // No two alike: an update with what is stored already would make no version.
          writer.update({ resourceType: 'Patient', id: 'shared', multipleBirthInteger: 1 + node * 12 + at }),
          writer.create({ resourceType: 'Patient' }),
        ]);
        for (const { resource, version } of written) {
          acknowledged.push(`${resource.resourceType}/${resource.id}/_history/${version}`);
        }
      }
    });
    await Promise.all(writing);
    const [database, ...others] = databases as [Database, ...Database[]];
    await Promise.all(others.map((other) => other.close()));
    const shared = await database.query<{ type: string; version: number }>(
      `select type, version from resource where id = 'shared' or type = 'Organization' order by type`,
    );
    expect(shared).toEqual([
      { type: 'Organization', version: 1 },
      { type: 'Patient', version: 36 },
    ]);
    await expectWhole(database, acknowledged, 1);
    await database.close();
  });

  test('error: a second process is kept out of a directory in use, and let in when the first was killed', {
    timeout: 60_000,
  }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'anamnesis-crash-'));
    const location = { directory, template: inject('pglite') };
    const child = start(location);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    await expect(openDatabase(location)).rejects.toMatchObject({ code: 'storage-in-use' });
    child.kill('SIGKILL');
    await ended;
    const database = await openDatabase(location);
    await database.close();
    await rm(directory, { recursive: true, force: true });
  });
});
