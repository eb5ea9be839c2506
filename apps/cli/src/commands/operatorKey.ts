import { setTimeout as pause } from 'node:timers/promises';
import type { HandoverStep, OperatorHandover } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { staffClient } from '../options.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: string;
  readonly tokenFile?: string;
}

interface HandOverOptions extends Options {
  readonly wait: boolean;
  readonly replaces?: string;
}

const EXAMPLES = `Examples:
  anamnesis operator-key show --token-file operator.token
  anamnesis operator-key renew --token-file operator.token         three more years for the present key
  anamnesis operator-key hand-over --token-file operator.token     a new key; the present one is erased
  anamnesis operator-key take-back --token-file operator.token     not after all, while that is possible

With its operator key an organisation acts on the ledger: it seals with it. A hand-over changes it while the node runs; nobody else has to know, and what the
old key sealed stays good. Whether you wait here or not, the node goes on with it by itself, after a crash too.

`;

/** How often a hand-over is looked at while the command waits for it, in milliseconds. */
const LOOK_EVERY = 500;

const STEPS: Readonly<Record<HandoverStep, string>> = {
  proposing: 'the new key is offered on the ledger',
  funding: 'the new key is given money for its transactions',
  accepting: 'the new key takes over',
  confirming: 'the new key acts; waiting until nothing can undo that',
  withdrawing: 'the offer is taken back',
};

/** `anamnesis operator-key`: the key with which a node acts on the ledger. */
export function operatorKeyCommand(program: Command, perform: Perform): void {
  const key = program
    .command('operator-key')
    .description('the key that seals: look, renew, hand over to a new one')
    .addHelpText('before', EXAMPLES);
  const common = (command: Command): Command =>
    command
      .option('--node <url>', 'address of the node')
      .option('--token-file <file>', 'file with an operator’s token');
  common(key.command('show').description('which key acts, and how far a hand-over is')).action((options: Options) =>
    perform((context) => show(context, options)),
  );
  common(key.command('renew').description('three more years for the present key')).action((options: Options) =>
    perform((context) => renew(context, options)),
  );
  common(key.command('hand-over').description('make a new key, take over with it, erase the old one'))
    .option('--replaces <address>', 'the key that is to go; default: the one that acts')
    .option('--no-wait', 'do not wait for the end')
    .action((options: HandOverOptions) => perform((context) => handOver(context, options)));
  common(key.command('take-back').description('take a hand-over back that is not finished')).action(
    (options: Options) => perform((context) => takeBack(context, options)),
  );
}

async function show(context: Context, options: Options): Promise<Outcome> {
  const client = await staffClient(context, options);
  return told(await client.getOperatorHandover({ signal: context.signal }));
}

async function renew(context: Context, options: Options): Promise<Outcome> {
  const client = await staffClient(context, options);
  const { until } = await client.renewOperatorKey({ signal: context.signal });
  return {
    result: { until },
    text: `Good until ${new Date(until * 1000).toISOString()}, as soon as the ledger has it.`,
  };
}

async function handOver(context: Context, options: HandOverOptions): Promise<Outcome> {
  const client = await staffClient(context, options);
  const { signal } = context;
  const replaces = options.replaces ?? (await client.getOperatorHandover({ signal })).operator;
  const begun = await client.handOverOperatorKey({ replaces }, { signal });
  const now = !options.wait
    ? begun
    : await context.console.during(async (progress) => {
        for (let seen = begun; ; seen = await client.getOperatorHandover({ signal })) {
          if (isOver(seen)) return seen;
          progress(progressOf(seen));
          await pause(LOOK_EVERY, undefined, { signal });
        }
      });
  // Somebody else took it back while this waited.
  const isUndone = options.wait && now.operator.toLowerCase() === replaces.toLowerCase();
  return { ...told(now), ...(isUndone && { exitCode: EXIT.conflict }) };
}

async function takeBack(context: Context, options: Options): Promise<Outcome> {
  const client = await staffClient(context, options);
  return told(await client.withdrawOperatorHandover({ signal: context.signal }));
}

function isOver({ underWay, former }: OperatorHandover): boolean {
  return underWay === null && former === null;
}

function progressOf({ underWay }: OperatorHandover): string {
  if (underWay === null) return 'the old key ends';
  return `${STEPS[underWay.step]}${underWay.problem ? `: ${underWay.problem}` : ''}`;
}

function told(now: OperatorHandover): Outcome {
  const { operator, underWay, former, last } = now;
  const lines = [`acting  ${operator}`];
  if (underWay) {
    lines.push(`new     ${underWay.newOperator}: ${STEPS[underWay.step]}`);
    if (underWay.problem) lines.push(`waits   ${underWay.problem}`);
  }
  if (former) lines.push(`old     ${former}: kept until everything that it signed is final`);
  if (last) {
    const end = last.erasedAt === null ? '' : `; the old key was erased ${iso(last.erasedAt)}`;
    lines.push(`changed ${iso(last.at)} from ${last.from}${end}`);
  }
  return { result: { ...now }, text: lines.join('\n') };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
