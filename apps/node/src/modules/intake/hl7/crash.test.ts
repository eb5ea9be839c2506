import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { type DatabaseLocation, openDatabase } from '../../../storage/index.ts';
import { bytesOf, changed, RESULTS } from '../../../testing/intake/hl7.ts';
import { found, intakeInto, senderTo, verdict } from '../../../testing/intake/world.ts';
import { createPostgresDatabase } from '../../../testing/postgres.ts';

/** AA means that it is on disk: the receiving process is killed with SIGKILL while messages come in, and everything that it acknowledged is there. */

const SCRIPT = fileURLToPath(new URL('../../../testing/intake/listen-until-killed.ts', import.meta.url));
const ENGINES = [
  {
    name: 'PGlite',
    async locate(): Promise<DatabaseLocation> {
      const directory = await mkdtemp(join(tmpdir(), 'anamnesis-intake-crash-'));
      onTestFinished(() => rm(directory, { recursive: true, force: true }));
      return { directory, template: inject('pglite') };
    },
  },
  {
    name: 'PostgreSQL',
    locate: async (): Promise<DatabaseLocation> => ({ url: await createPostgresDatabase(inject('postgres')) }),
  },
];

const LANES = 2;
const EACH = 10;

/** Message n of a lane: an order of its own about one patient. */
function message(lane: number, n: number): { id: string; bytes: Uint8Array } {
  const id = `K-${lane}-${n}`;
  return { id, bytes: bytesOf(changed(RESULTS, ['000481', id], ['L260481', `L${id}`])) };
}

async function listen(location: DatabaseLocation) {
  const child = spawn(process.execPath, [SCRIPT, '--location', JSON.stringify(location)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(Number(line)));
    child.once('exit', () => reject(new Error('it did not start')));
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { port, kill };
}

/** Sends all messages of a lane, each after the answer to the one before, until the connection breaks. */
async function sendLane(port: number, lane: number, heard: (id: string) => void): Promise<void> {
  const sender = await senderTo(port);
  for (let n = 0; n < EACH; n++) {
    const { id, bytes } = message(lane, n);
    sender.send(bytes);
    const answer = await sender.answer();
    if (answer === null) break;
    expect(verdict(answer)).toBe(`AA ${id}`);
    heard(id);
  }
  sender.end();
}

describe.each(ENGINES)('HL7 v2 into $name, killed', ({ locate }) => {
  test('behavior: what was acknowledged is there, what was not is whole or not there, and all can be sent again', {
    timeout: 180_000,
  }, async () => {
    const location = await locate();
    const acknowledged: string[] = [];
    const first = await listen(location);
    await Promise.all(
      Array.from({ length: LANES }, (_, lane) =>
        sendLane(first.port, lane, (id) => {
          acknowledged.push(id);
          if (acknowledged.length === 7) void first.kill();
        }),
      ),
    );
    await first.kill();
    expect(acknowledged.length).toBeLessThan(LANES * EACH);

    const database = await openDatabase(location);
    const context = await intakeInto(database);
    const kept = await database.query<{ message: string }>('select message from intake_message');
    const ids = new Set(kept.map((row) => row.message));
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    // Each message that is there is there whole: a report, four results, its original and its Provenance.
    const counts = async () => {
      const rows = await database.query<{ type: string; n: number }>(
        'select type, count(*) as n from resource group by type',
      );
      return Object.fromEntries(rows.map(({ type, n }) => [type, n]));
    };
    const { length } = kept;
    const whole = (n: number) => ({ Patient: 1, DiagnosticReport: n, Observation: 4 * n, Binary: n, Provenance: n });
    expect(await counts()).toEqual(whole(length));
    await database.close();

    const second = await listen(location);
    await Promise.all(Array.from({ length: LANES }, (_, lane) => sendLane(second.port, lane, () => {})));
    await second.kill();
    const after = await openDatabase(location);
    const [{ n } = { n: 0 }] = await after.query<{ n: number }>('select count(*) as n from resource');
    expect(n).toBe(1 + 7 * LANES * EACH);
    const report = await found(
      { ...context, database: after },
      'DiagnosticReport',
      `identifier=${message(0, 0).id.replace('K', 'LK')}`,
    );
    expect(report).toHaveLength(1);
    await after.close();
  });
});
