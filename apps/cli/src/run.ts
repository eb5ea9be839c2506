import { readFileSync } from 'node:fs';
import { AnamnesisError, stringifyJson } from '@anamnesis/protocol';
import { Command, CommanderError } from 'commander';
import { type Context, type Outcome, SCHEMA_VERSION } from './command.ts';
import { accessLogCommand } from './commands/accessLog.ts';
import { accountCommand } from './commands/account.ts';
import { accountingCommand } from './commands/accounting.ts';
import { appCommand } from './commands/app.ts';
import { breachReportCommand } from './commands/breachReport.ts';
import { demoCommand } from './commands/demo.ts';
import { emergencyCommand } from './commands/emergency.ts';
import { exportCommand } from './commands/export.ts';
import { fetchCommand, receivedCommand } from './commands/fetch.ts';
import { grantCommand } from './commands/grant.ts';
import { importCommand } from './commands/import.ts';
import { monitorCommand } from './commands/monitor.ts';
import { operatorKeyCommand } from './commands/operatorKey.ts';
import { revokeCommand } from './commands/revoke.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { verifyCommand } from './commands/verify.ts';
import type { Environment } from './environment.ts';
import { EXIT, exitCodeOf } from './exitCodes.ts';
import { createConsole, type Stream } from './output/console.ts';

/** The world that a run acts in. */
export interface World {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly askSecret: Context['askSecret'];
}

/** Hands a command's work to the one place that shows results and errors. */
export type Perform = (work: (context: Context) => Promise<Outcome>) => Promise<void>;

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const HEAD = `Examples:
  anamnesis start                                  a ledger and six organisations on this machine
  anamnesis demo                                   the whole story in under a minute
  anamnesis import --node http://127.0.0.1:8101 records/
  anamnesis verify --rpc http://127.0.0.1:8545 --node http://127.0.0.1:8101
`;

/** Runs the command line `args` (without node and script) and resolves with the exit code; it never throws. */
export async function run(args: readonly string[], world: World): Promise<number> {
  const { stdout, stderr, environment, signal, askSecret } = world;
  let exitCode: number = EXIT.ok;
  const program = new Command('anamnesis')
    .description('Patient-controlled exchange of health records, verified against a shared ledger.')
    .version(VERSION, '--version', 'print the version')
    .option('--json', 'print one object for programs')
    .option('--quiet', 'say nothing but results, warnings and errors')
    .option('--no-color', 'no colours (so does NO_COLOR)')
    .showHelpAfterError('(anamnesis --help tells more)')
    .enablePositionalOptions(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  program.configureHelp({ sortSubcommands: false, showGlobalOptions: true });
  program.addHelpText('before', HEAD);

  const perform: Perform = async (work) => {
    const {
      json = false,
      quiet = false,
      color = true,
    } = program.opts<{ json?: boolean; quiet?: boolean; color?: boolean }>();
    const colors = color && !environment.noColor && stdout.isTTY === true;
    const console = createConsole({ stdout, stderr, quiet, color: colors });
    const context: Context = { console, environment, signal, json, askSecret };
    const print = (object: object): void => console.result(stringifyJson({ schemaVersion: SCHEMA_VERSION, ...object }));
    try {
      const outcome = await work(context);
      exitCode = outcome.exitCode ?? EXIT.ok;
      if (outcome.shown) return;
      if (json) print({ ok: exitCode === EXIT.ok, ...outcome.result });
      else if (outcome.text !== '') console.result(outcome.text);
    } catch (error) {
      exitCode = signal.aborted ? EXIT.interrupted : exitCodeOf(error);
      const code = error instanceof AnamnesisError ? error.code : 'unexpected';
      const message = signal.aborted ? 'interrupted' : error instanceof Error ? error.message : String(error);
      const hint = error instanceof AnamnesisError && !signal.aborted ? error.hint : undefined;
      if (json) print({ ok: false, error: { code, message, ...(hint !== undefined && { hint }) } });
      console.warn(`${console.paint('red', 'error')}: ${message}`);
      if (hint !== undefined) console.warn(hint);
    }
  };

  for (const command of [
    startCommand,
    demoCommand,
    importCommand,
    appCommand,
    exportCommand,
    accountCommand,
    grantCommand,
    revokeCommand,
    fetchCommand,
    receivedCommand,
    emergencyCommand,
    accessLogCommand,
    accountingCommand,
    verifyCommand,
    monitorCommand,
    rollbackCommand,
    operatorKeyCommand,
    breachReportCommand,
    statusCommand,
  ]) {
    command(program, perform);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end here too, with 0.
    exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exitCode;
}
