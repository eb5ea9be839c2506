import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { AnamnesisError } from '@anamnesis/protocol';
import {
  describeFinding,
  type MonitorMemory,
  type MonitorRound,
  monitorNodes,
  type TrustedLedger,
} from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { collect, ledgerOf, lengthOfTime, usage, wholeNumber, writeText } from '../options.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: readonly string[];
  readonly rpc?: readonly string[];
  readonly deployment?: string;
  readonly state?: string;
  readonly every?: number;
  readonly patience: number;
}

const EXAMPLES = `Examples:
  anamnesis monitor --rpc http://127.0.0.1:8545 --deployment deployment.json --state seen.json
  anamnesis monitor --rpc http://127.0.0.1:8545 --node http://127.0.0.1:8101 --node http://127.0.0.1:8102 --every 60

`;

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** `anamnesis monitor`: watches logs through what they sign; exit code 8 when one broke a promise, 7 when only somebody did not answer. */
export function monitorCommand(program: Command, perform: Perform): void {
  program
    .command('monitor')
    .description('watch logs for forks, rollbacks, missing and late checkpoints')
    .addHelpText('before', EXAMPLES)
    .option('--node <url>', 'node to watch; again for more; without any, all of the Directory', collect)
    .option('--rpc <url>', 'ledger; again for more', collect)
    .option('--deployment <file>', 'contracts of the ledger; without it, as the nodes tell')
    .option('--state <file>', 'what was seen is kept here: a fork shows only to who remembers')
    .option('--every <seconds>', 'go on, a round every so often, until interrupted', wholeNumber(1))
    .option('--patience <time>', 'what may be on its way is told after this long (1m, 2h)', lengthOfTime, 300)
    .action((options: Options) => perform((context) => monitor(context, options)));
}

async function monitor(context: Context, options: Options): Promise<Outcome> {
  const { state, every, patience } = options;
  const nodes = options.node ?? [];
  const { ledger } = await ledgerOf(context, options, nodes);
  let memory = state === undefined ? {} : await readState(state);
  for (;;) {
    const round = await look(context, ledger, nodes, memory, patience);
    memory = round.memory;
    if (state !== undefined) await writeText(state, `${JSON.stringify(memory, null, 2)}\n`);
    const outcome = told(context, round);
    if (every === undefined) return outcome;
    context.console.result(context.json ? JSON.stringify({ schemaVersion: 1, ...outcome.result }) : outcome.text);
    await wait(every * 1000, undefined, { signal: context.signal });
  }
}

function look(
  { signal }: Context,
  ledger: TrustedLedger,
  nodes: readonly string[],
  memory: MonitorMemory,
  patience: number,
): Promise<MonitorRound> {
  return monitorNodes({ ledger, nodes, memory, patience, signal, hash });
}

/** Errors: `usage` for a file that is no state; one that is not there yet is an empty one. */
async function readState(file: string): Promise<MonitorMemory> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw usage(`cannot read ${file}`);
  }
  try {
    return JSON.parse(text) as MonitorMemory;
  } catch (cause) {
    // Begun anew, what was seen would be forgotten, and with it what a fork is measured by.
    throw new AnamnesisError('usage', `${file} holds no state of a monitor`, { cause });
  }
}

function told({ console }: Context, round: MonitorRound): Outcome {
  const { paint } = console;
  const lines = round.logs.map((one) => {
    const name = `${one.log} log of organisation ${one.organization}`;
    const [first, ...rest] = one.findings.map((finding) => paint('red', describeFinding(one, finding)));
    if (first !== undefined) return [first, ...rest].join('\n');
    const cosigned = one.witnesses.length > 0 ? `, cosigned by ${one.witnesses.join(', ')}` : '';
    return `${paint('green', 'ok')}  ${name}: ${one.shown?.size ?? 0} of ${one.leaves} leaves signed${cosigned}`;
  });
  for (const { node, detail } of round.unreachable) lines.push(`${paint('red', 'no answer')}  ${node}: ${detail}`);
  const isBroken = round.logs.some(({ findings }) => findings.length > 0);
  return {
    result: { logs: round.logs, unreachable: round.unreachable },
    text: lines.join('\n'),
    exitCode: isBroken ? EXIT.verificationFailed : round.unreachable.length > 0 ? EXIT.network : EXIT.ok,
  };
}
