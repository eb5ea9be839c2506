import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { stringifyJson } from '@anamnesis/protocol';
import type { Command } from 'commander';
import { type Context, type Outcome, SCHEMA_VERSION } from '../command.ts';
import { startTestbed, type Testbed } from '../demo/stage.ts';
import { wholeNumber } from '../options.ts';
import { duration, table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly directory: string;
  readonly ledgerPort: number;
  readonly nodePort: number;
  readonly population: number;
}

const EXAMPLES = `Examples:
  anamnesis start                               state is kept in .anamnesis
  anamnesis start --directory /var/tmp/trial --population 200

`;

/** `anamnesis start`: everything on this machine, until Ctrl-C. */
export function startCommand(program: Command, perform: Perform): void {
  program
    .command('start')
    .description('run a ledger and six organisations on this machine')
    .addHelpText('before', EXAMPLES)
    .option('--directory <folder>', 'where everything is kept', '.anamnesis')
    .option('--ledger-port <number>', 'port of the ledger', wholeNumber(0), 8545)
    .option('--node-port <number>', 'port of the first node; the others follow', wholeNumber(0), 8101)
    .option('--population <number>', 'patients besides the named ones', wholeNumber(0), 20)
    .action((options: Options) => perform((context) => start(context, options)));
}

async function start(context: Context, options: Options): Promise<Outcome> {
  const { console, signal, json } = context;
  const directory = resolve(options.directory);
  const started = performance.now();
  const testbed = await console.during(
    (progress) => {
      progress('starting ledger and nodes');
      return startTestbed({
        directory,
        ports: { ledger: options.ledgerPort, nodes: options.nodePort },
        population: options.population,
        portal: true,
        log: progress,
      });
      // It takes a while, and a service's log has no terminal.
    },
    { lines: true },
  );
  try {
    const files = await writeFiles(directory, testbed);
    const milliseconds = Math.round(performance.now() - started);
    const nodes = Object.entries(testbed.nodes).map(([key, { url, organization, name }]) => ({
      key,
      url,
      organization,
      name,
    }));
    if (json) {
      const object = {
        schemaVersion: SCHEMA_VERSION,
        ok: true,
        rpcUrl: testbed.ledger.rpcUrl,
        nodes,
        files,
        milliseconds,
      };
      console.result(stringifyJson(object));
    } else {
      const rows = nodes.map(({ url, organization, name }) => [url, `${organization} ${name}`]);
      console.result(`${table([['ledger', testbed.ledger.rpcUrl], ...rows])}\n`);
      console.say(
        `Ready after ${duration(milliseconds)}. The portal: ${nodes[0]?.url}/\nTry, in another terminal:\n${suggestions(testbed, files).join('\n')}\nCtrl-C ends it; the state is kept.`,
      );
    }
    await new Promise<void>((done) => {
      if (signal.aborted) done();
      else signal.addEventListener('abort', () => done(), { once: true });
    });
  } finally {
    console.say('stopping');
    await testbed.stop();
  }
  return { result: {}, text: '', shown: true };
}

interface Files {
  readonly deployment: string;
  /** Token files by node and role. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** What the other commands need, in files that only this user can read. */
async function writeFiles(directory: string, testbed: Testbed): Promise<Files> {
  const deployment = join(directory, 'deployment.json');
  await writeFile(deployment, `${JSON.stringify(testbed.ledger.deployment, null, 2)}\n`);
  const folder = join(directory, 'tokens');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tokens: Record<string, string> = {};
  for (const [key, node] of Object.entries(testbed.nodes)) {
    for (const [role, token] of Object.entries(node.tokens)) {
      const file = join(folder, `${key}-${role}.token`);
      await writeFile(file, `${token}\n`, { mode: 0o600 });
      tokens[`${key}/${role}`] = file;
    }
  }
  return { deployment, tokens };
}

function suggestions({ ledger, nodes, cast }: Testbed, { deployment, tokens }: Files): string[] {
  const here = (path: string): string => relative(process.cwd(), path) || '.';
  const [key = '', node] = Object.entries(nodes)[0] ?? [];
  const token = Object.entries(tokens).find(([name]) => name.startsWith(`${key}/`))?.[1] ?? '';
  return [
    `  npx anamnesis status --rpc ${ledger.rpcUrl} --deployment ${here(deployment)}`,
    `  npx anamnesis verify --rpc ${ledger.rpcUrl} --deployment ${here(deployment)}`,
    `  npx anamnesis export --node ${node?.url} --token-file ${here(token)} --patient ${cast.maria.patient} --out maria.json`,
  ];
}
