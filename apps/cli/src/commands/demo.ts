import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AnamnesisError } from '@anamnesis/protocol';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { type Stage, stageOf, startTestbed, type Testbed } from '../demo/stage.ts';
import { openScene, type Scene, STORY } from '../demo/story.ts';
import { EXIT, exitCodeOf } from '../exitCodes.ts';
import { wholeNumber } from '../options.ts';
import { duration } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly directory?: string;
  readonly population: number;
}

const EXAMPLES = `Examples:
  anamnesis demo
  anamnesis demo --json > story.json

`;

/** `anamnesis demo`: the whole way through, each step saying what it proved. Ends with 0 only when every step held. */
export function demoCommand(program: Command, perform: Perform): void {
  program
    .command('demo')
    .description('the whole story: a ledger, six organisations, one patient')
    .addHelpText('before', EXAMPLES)
    .option('--directory <folder>', 'keep everything here; without it, it is gone afterwards')
    .option('--population <number>', 'patients besides the named ones', wholeNumber(0), 0)
    .action((options: Options) => perform((context) => demo(context, options)));
}

interface Told {
  readonly step: number;
  readonly title: string;
  readonly ok: boolean;
  readonly proved: string;
  readonly milliseconds: number;
}

async function demo(context: Context, options: Options): Promise<Outcome> {
  const { console, signal, json } = context;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'anamnesis-demo-')));
  const told: Told[] = [];
  const started = performance.now();
  let exitCode: number = EXIT.ok;
  let testbed: Testbed | undefined;

  const tell = (title: string, proved: string, ok: boolean, milliseconds: number): void => {
    const step = told.length + 1;
    told.push({ step, title, ok, proved, milliseconds: Math.round(milliseconds) });
    if (json) return;
    const mark = ok ? console.paint('green', 'ok') : console.paint('red', 'FAILED');
    console.result(
      `${console.paint('bold', `${step}. ${title}`)}\n   ${mark}  ${proved}  ${console.paint('dim', `(${duration(milliseconds)})`)}\n`,
    );
  };
  try {
    await console.during(async (progress) => {
      progress('starting ledger and nodes');
      const step = performance.now();
      testbed = await startTestbed({
        directory,
        ports: { ledger: 0, nodes: 0 },
        population: options.population,
        log: (message) => progress(message),
      });
      const { length } = Object.keys(testbed.nodes);
      tell(
        'A ledger, its contracts and the nodes come up',
        `1 ledger, 6 contracts, ${length} nodes`,
        true,
        performance.now() - step,
      );
    });
    const stage: Stage = stageOf(testbed as unknown as Testbed);
    const scene: Scene = await openScene(stage, signal);
    for (const { title, act } of STORY) {
      signal.throwIfAborted();
      const step = performance.now();
      try {
        const proved = await console.during(async (progress) => {
          progress(title);
          return act(scene);
        });
        tell(title, proved, true, performance.now() - step);
      } catch (error) {
        if (signal.aborted) throw error;
        // Later steps stand on this one.
        tell(title, error instanceof Error ? error.message : String(error), false, performance.now() - step);
        exitCode = exitCodeOf(error);
        break;
      }
    }
  } finally {
    await (testbed as Testbed | undefined)?.stop();
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
  }
  const milliseconds = Math.round(performance.now() - started);
  if (told.length === 0) throw new AnamnesisError('testbed-missing', 'nothing could be shown');
  const verdict = exitCode === EXIT.ok ? 'Every step held.' : 'A step did not hold.';
  return { result: { steps: told, milliseconds }, text: `${verdict} ${duration(milliseconds)} in all.`, exitCode };
}
