import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { staffClient, wholeNumber } from '../options.ts';
import { table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: string;
  readonly tokenFile?: string;
  readonly user?: string;
  readonly app?: string;
  readonly organization?: number;
  readonly key?: string;
  readonly from?: string;
  readonly to?: string;
}

const EXAMPLES = `Examples:
  anamnesis breach-report --node http://127.0.0.1:8101 --token-file operator.token --user Practitioner/duty --from 2026-03-01
  anamnesis breach-report --node http://127.0.0.1:8101 --token-file operator.token --organization 2 --json

`;

/** `anamnesis breach-report`: who and what was exposed by a stolen key, a person, an app or an organisation. */
export function breachReportCommand(program: Command, perform: Perform): void {
  program
    .command('breach-report')
    .description('which patients and records somebody saw who should not have')
    .addHelpText('before', EXAMPLES)
    .option('--node <url>', 'address of the node')
    .option('--token-file <file>', 'file with the token of an operator')
    .option('--user <reference>', 'a person or program, as the access log names it')
    .option('--app <client>', 'an app, by its client id')
    .option('--organization <id>', 'an organisation, by its number in the Directory', wholeNumber(1))
    .option('--key <key>', "a patient's key (address), or the id of a content key")
    .option('--from <date>', 'begins here; without it, at the beginning')
    .option('--to <date>', 'ends with this; without it, now')
    .action((options: Options) => perform((context) => breachReport(context, options)));
}

async function breachReport(context: Context, options: Options): Promise<Outcome> {
  const { user, app, organization, key, from, to } = options;
  const client = await staffClient(context, options);
  const report = await client.getBreachReport({ user, app, organization, key, from, to }, { signal: context.signal });
  const { totals, patients, classified, within } = report;
  const rows = patients.map((one) => [one.patient, String(one.records.length), one.first ?? '', one.last ?? '']);
  const text = [
    table([['patient', 'records', 'first', 'last'], ...rows]),
    `${totals.patients} patients, ${totals.records} records, ${classified}.`,
    `72 hours end ${within.hours72}, 60 days end ${within.days60}.`,
  ].join('\n');
  return { result: { ...report }, text };
}
