import { stringifyJson } from '@anamnesis/protocol';
import { type Client, checkExportFile, createClient, verifyExport } from '@anamnesis/sdk';
import type { Command } from 'commander';
import { openAccount, relationAt, subjectOf } from '../account/openAccount.ts';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { staffClient, usage, writeText } from '../options.ts';
import type { Perform } from '../run.ts';

/** Who asks: a patient with her account, or staff with a token. */
export interface Asker {
  readonly node?: string;
  readonly account?: string;
  readonly passphraseFile?: string;
  readonly tokenFile?: string;
  readonly patient?: string;
}

const EXAMPLES = `Examples:
  anamnesis export --account maria.json --out maria-records.json
  anamnesis export --node http://127.0.0.1:8101 --token-file staff.token --patient 7 --out patient.json

`;

/** `anamnesis export`: everything that a node holds about a patient, with proofs. */
export function exportCommand(program: Command, perform: Perform): void {
  withAsker(program.command('export').description('fetch all records of a patient with their proofs'))
    .addHelpText('before', EXAMPLES)
    .option('--out <file>', 'write here; without it, to stdout')
    .action((options: Asker & { out?: string }) => perform((context) => exportRecords(context, options)));
}

/** Adds the options that say who asks. */
export function withAsker(command: Command): Command {
  return command
    .option('--node <url>', 'address of the node')
    .option('--account <file>', "patient's account file")
    .option('--passphrase-file <file>', 'file with its passphrase; without it, it is asked for')
    .option('--token-file <file>', 'file with the token of staff or a program')
    .option('--patient <id>', 'which patient (staff)');
}

/** A client for who asks. */
export async function clientOf(context: Context, options: Asker): Promise<Client> {
  if (options.account === undefined) {
    if (options.patient === undefined) throw usage('whose? Give --account FILE, or --patient ID with a token');
    return staffClient(context, options);
  }
  const account = await openAccount(context, options.account, options);
  const relation = relationAt(account, options.node ?? context.environment.node);
  const { chainId, organization } = relation;
  const session = { signer: account.signer(relation), organization, chainId, subject: subjectOf(account, relation) };
  return createClient({ baseUrl: relation.node, session });
}

async function exportRecords(context: Context, options: Asker & { out?: string }): Promise<Outcome> {
  const client = await clientOf(context, options);
  const { file, report } = await context.console.during(async (progress) => {
    progress('fetching');
    const fetched = await client.exportPatient({ patient: options.patient }, { signal: context.signal });
    // A file that does not even hold together in itself is told at once, not when it is needed.
    return { file: fetched, report: await verifyExport(checkExportFile(fetched), null, { onProgress: progress }) };
  });
  for (const { where, detail } of report.failures) context.console.warn(`${where}: ${detail}`);
  const exitCode = report.ok ? EXIT.ok : EXIT.verificationFailed;
  const text = `${stringifyJson(file)}\n`;
  const summary = {
    records: report.records,
    accessEntries: report.accessEntries,
    unsealed: report.unsealed,
    failures: report.failures,
  };
  if (options.out === undefined) return { result: { ...summary, export: file }, text, exitCode };
  await writeText(options.out, text);
  return {
    result: { ...summary, file: options.out },
    text: `${options.out}: ${report.records} records, ${report.accessEntries} access entries. Check it with: anamnesis verify ${options.out}`,
    exitCode,
  };
}
