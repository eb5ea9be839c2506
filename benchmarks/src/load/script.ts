import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Inside the project, so that the copy of the script finds undici in its node_modules. */
const CACHE = resolve(import.meta.dirname, '../../.cache');

/** One run of one phase, as the script writes it down. Times in seconds of processor, latencies in milliseconds. */
export interface PhaseRun {
  readonly phase: string;
  readonly good: number;
  readonly bad: number;
  readonly secs: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly rssPeakMB: number;
  readonly srvCpu: number;
  readonly pgCpu?: number;
  readonly others: number;
  readonly info: { readonly resources?: number };
}

/** The load script, ready to run. */
export interface Script {
  /** Runs a command of the script (`seed`, `bench`), showing what it prints. */
  run(args: readonly string[]): Promise<void>;
  /** Runs phases and gives what each run measured. */
  phases(args: readonly string[], phases: readonly string[]): Promise<PhaseRun[]>;
  /** A file for what `seed` makes known, by a name. */
  state(name: string): string;
}

/** The load script of the nearest `shared` folder above the project; null where there is none. */
export async function openScript(): Promise<Script | null> {
  const source = findUpwards('shared/bench/fhirload.mjs');
  if (source === null) return null;
  await mkdir(CACHE, { recursive: true });
  const copy = join(CACHE, 'fhirload.mjs');
  await copyFile(source, copy);
  const run = async (args: readonly string[]): Promise<void> => {
    const child = spawn(process.execPath, [copy, ...args], { stdio: ['ignore', process.stderr, process.stderr] });
    const code = await new Promise<number | null>((done) => child.once('exit', done));
    if (code !== 0) throw new Error(`the load script ended with ${code}`);
  };
  return {
    run,
    async phases(args, phases) {
      const out = join(CACHE, 'runs.json');
      await rm(out, { force: true });
      await run([...args, '--out', out, 'bench', phases.join(',')]);
      return JSON.parse(await readFile(out, 'utf8')) as PhaseRun[];
    },
    state: (name) => join(CACHE, `${name}.json`),
  };
}

function findUpwards(path: string): string | null {
  for (let folder = resolve(import.meta.dirname, '../../..'); ; folder = dirname(folder)) {
    if (existsSync(join(folder, path))) return join(folder, path);
    if (folder === dirname(folder)) return null;
  }
}
