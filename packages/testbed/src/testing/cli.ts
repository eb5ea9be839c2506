import { spawn } from 'node:child_process';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '../../../../apps/cli/bin/anamnesis.js');

/** What a run of the command said and how it ended. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The object that `--json` prints. Throws when there is none. */
  json(): Record<string, unknown>;
}

/** Runs `anamnesis` as people do: a process of its own, with nothing in its environment but what is given. */
export async function anamnesis(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      said[stream] += chunk;
    });
  }
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, ...said, json: () => JSON.parse(said.stdout) as Record<string, unknown> };
}
