import pg from 'pg';
import type { Engine } from '../engines.ts';
import type { Server, World } from '../world.ts';
import type { PhaseRun, Script } from './script.ts';
import type { Shares } from './steps.ts';

/** How much data, and how long. */
export interface LoadSize {
  readonly name: string;
  /** Patients before the tenfold, and after. */
  readonly patients: readonly [small: number, large: number];
  readonly observations: number;
  /** Seconds of a phase, and of its warming up. */
  readonly seconds: number;
  readonly warm: number;
}

export const SIZES: Readonly<Record<'default' | 'quick', LoadSize>> = {
  default: { name: 'default', patients: [50, 500], observations: 100, seconds: 8, warm: 3 },
  quick: { name: 'quick', patients: [5, 50], observations: 100, seconds: 2, warm: 1 },
};

/** What one engine did. */
export interface Measured {
  readonly title: string;
  readonly runs: readonly PhaseRun[];
  /** The same phases with a tenth of the data. */
  readonly tenth: readonly PhaseRun[];
  /** By operation: messages to the database and back for one request of one client, and where the time of the node goes. */
  readonly inside: Readonly<Record<string, { readonly roundTrips: number; readonly shares: Shares }>>;
}

/** Phases that are run with a tenth of the data too. */
const SCALING = ['read16', 'search16', 'create16', 'everything1'];
/** Phases whose inside is looked at. */
const INSIDE = ['read1', 'create1', 'read16', 'create16'];

/** Runs everything against a new node on one engine: the same node with a tenth of the data, then with all of it. */
export async function measureLoad(
  world: World,
  engine: Engine,
  script: Script,
  size: LoadSize,
  phases: readonly string[],
): Promise<Measured> {
  const server = await world.startServer(engine);
  try {
    const postmaster = await postmasterOf(engine);
    const base = ['--base', `${server.url}/fhir/R4`, '--token', server.tokens.integrator ?? ''];
    const watched = [
      ...['--pid', String(server.pid), '--extrapids', `${process.pid},${world.ledger.enginePid}`],
      ...(postmaster === null ? [] : ['--pgpid', postmaster]),
      ...['--runs', '1', '--secs', String(size.seconds), '--warm', String(size.warm)],
    ];
    const [small, large] = size.patients;
    const seeded = async (name: string, patients: number): Promise<string[]> => {
      const state = ['--state', script.state(name), '--obs', String(size.observations)];
      await script.run([...base, ...state, '--patients', String(patients), 'seed']);
      await server.refreshStatistics();
      return [...base, ...watched, ...state];
    };
    const few = await seeded('small', small);
    const scaling = SCALING.filter((phase) => phases.includes(phase));
    const tenth = scaling.length === 0 ? [] : await script.phases(few, scaling);
    const many = await seeded('large', large - small);
    const runs = await script.phases(many, phases);
    return { title: engine.title, runs, tenth, inside: await lookInside(server, script, many) };
  } finally {
    await server.stop();
  }
}

async function lookInside(server: Server, script: Script, args: readonly string[]): Promise<Measured['inside']> {
  const inside: Record<string, { roundTrips: number; shares: Shares }> = {};
  for (const phase of INSIDE) {
    await server.watch();
    const [run] = await script.phases([...args, '--warm', '0', '--secs', '4'], [phase]);
    const { roundTrips, shares } = await server.watched();
    inside[phase] = { roundTrips: roundTrips / Math.max(1, (run?.good ?? 0) + (run?.bad ?? 0)), shares };
  }
  return inside;
}

/** The process of the PostgreSQL server, by its own word; null where the database lives inside the node. */
async function postmasterOf({ server }: Engine): Promise<string | null> {
  if (server === null) return null;
  const client = new pg.Client({ connectionString: `${server.url}/postgres` });
  await client.connect();
  const { rows } = await client.query<{ file: string }>(`select pg_read_file('postmaster.pid') as file`);
  await client.end();
  return rows[0]?.file.split('\n')[0] ?? null;
}
