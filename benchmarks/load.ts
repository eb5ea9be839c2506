/**
 * Starts a node with its ledger and runs the closed-loop load script of ../shared/bench against it: seed, phases, table.
 *
 *     node benchmarks/load.ts [--database pglite|postgres] [--full] [--cpu-prof FOLDER] [options of the script] [phase,phase…]
 *
 * README.md says what the script prints. Without `--full` the data set and the phases are small.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { ENGINE_NAMES, type Engine, type EngineName, startEngine } from './src/engines.ts';
import { openWorld, type Server } from './src/world.ts';

const SCRIPT = findUpwards('shared/bench/fhirload.mjs');
/** Inside the project, so that the copy finds undici in its node_modules. */
const CACHE = join(import.meta.dirname, '.cache');

/** Phases of the script whose operations the node has. The others ($everything, $summary, $export) can be named by hand. */
const PHASES = 'search1,search16,searchp1,read1,read16,create1,create16,update16,tx1,tx4,mixed16';

/** Options of the script that keep a run under a minute and a half. */
const SMALL = ['--patients', '50', '--obs', '40', '--runs', '1', '--secs', '4', '--warm', '1'];

/** The nearest such file in a folder above the project. */
function findUpwards(path: string): string {
  for (let folder = resolve(import.meta.dirname, '../..'); ; folder = dirname(folder)) {
    const file = join(folder, path);
    if (existsSync(file) || folder === dirname(folder)) return file;
  }
}

interface Arguments {
  readonly database: EngineName;
  readonly full: boolean;
  readonly profileInto: string | null;
  /** Handed on to the script as they are. */
  readonly options: readonly string[];
  readonly phases: string;
}

function readArguments(given: readonly string[]): Arguments {
  const options: string[] = [];
  let [database, full, profileInto, phases]: [string, boolean, string | null, string] = ['pglite', false, null, PHASES];
  for (let at = 0; at < given.length; at++) {
    const word = given[at] as string;
    if (word === '--full') full = true;
    else if (word === '--database') database = given[++at] ?? '';
    else if (word === '--cpu-prof') profileInto = resolve(given[++at] ?? '.');
    else if (word.startsWith('--')) options.push(word, given[++at] ?? '');
    else phases = word;
  }
  if (!ENGINE_NAMES.some((name) => name === database)) {
    throw new Error(`--database is one of ${ENGINE_NAMES.join(', ')}`);
  }
  return { database: database as EngineName, full, profileInto, options, phases };
}

/** Runs the script and shows what it prints. */
async function runScript(path: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [path, ...args], { stdio: 'inherit' });
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  if (code !== 0) throw new Error(`the load script ended with ${code}`);
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

async function load(given: Arguments, path: string): Promise<void> {
  const { database, full, profileInto, options, phases } = given;
  const [world, engine] = await Promise.all([openWorld(), startEngine(database)]);
  let server: Server | null = null;
  try {
    const nodeArgs = profileInto === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileInto}`];
    server = await world.startServer(engine, { nodeArgs });
    const [state, out] = [join(CACHE, 'state.json'), join(CACHE, `${database}.json`)];
    await rm(out, { force: true });
    const base = ['--base', `${server.url}/fhir/R4`, '--token', server.tokens.integrator ?? '', '--state', state];
    const postmaster = await postmasterOf(engine);
    const watched = ['--pid', String(server.pid), ...(postmaster === null ? [] : ['--pgpid', postmaster])];
    const ledger = ['--extrapids', `${process.pid},${world.ledger.enginePid}`];
    const size = [...(full ? [] : SMALL), ...options];
    await runScript(path, [...base, ...size, 'seed']);
    await server.refreshStatistics();
    await runScript(path, [
      ...base,
      ...watched,
      ...ledger,
      '--label',
      database,
      '--out',
      out,
      ...size,
      'bench',
      phases,
    ]);
    await runScript(path, ['--out', out, 'table']);
    process.stderr.write(`Every run stands in ${out}\n`);
  } finally {
    await server?.stop();
    await engine.stop();
    await world.stop();
  }
}

if (existsSync(SCRIPT)) {
  await mkdir(CACHE, { recursive: true });
  const copy = join(CACHE, 'fhirload.mjs');
  await copyFile(SCRIPT, copy);
  await load(readArguments(process.argv.slice(2)), copy);
} else {
  process.stderr.write(
    `The load script is not here: ${SCRIPT}\nnpm run bench needs nothing from outside the project.\n`,
  );
  process.exitCode = 1;
}
