import { writeFile } from 'node:fs/promises';
import { stringifyJson } from '@anamnesis/protocol';
import { verifyAccounting } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { usage, writeText } from '../options.ts';
import { describeAccess } from '../output/describeAccess.ts';
import type { Perform } from '../run.ts';
import { type Asker, clientOf, withAsker } from './export.ts';

interface Options extends Asker {
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly pdf?: string;
}

const EXAMPLES = `Examples:
  anamnesis accounting --account maria.json --from 2026 --out accounting.json     with proofs, signed by the node
  anamnesis accounting --account maria.json --from 2026-01 --to 2026-06 --pdf accounting.pdf

`;

/** `anamnesis accounting`: who saw or changed what in a period, to keep and to prove. */
export function accountingCommand(program: Command, perform: Perform): void {
  withAsker(
    program
      .command('accounting')
      .description('who saw the records of a patient in a period, as a file with proofs or to print'),
  )
    .addHelpText('before', EXAMPLES)
    .option('--from <date>', 'begins here: 2026, 2026-03, 2026-03-31; without it, at the beginning')
    .option('--to <date>', 'ends with this; without it, now')
    .option('--out <file>', 'write the signed file here')
    .option('--pdf <file>', 'write a document to print here')
    .action((options: Options) => perform((context) => accounting(context, options)));
}

async function accounting(context: Context, options: Options): Promise<Outcome> {
  const { patient, from, to, out, pdf } = options;
  if (out === undefined && pdf === undefined) throw usage('to where? Give --out FILE, --pdf FILE or both');
  const client = await clientOf(context, options);
  const { signal } = context;
  const asked = { patient, from, to };
  if (pdf !== undefined) await writeFile(pdf, await client.getAccountingPdf(asked, { signal }), { mode: 0o600 });
  if (out === undefined) return { result: { pdf }, text: `${pdf}` };
  const file = await client.getAccounting(asked, { signal });
  await writeText(out, `${stringifyJson(file)}\n`);
  // A file that does not hold together in itself is told at once, not when it is needed.
  const report = await verifyAccounting(file, null);
  for (const { where, detail } of report.failures) context.console.warn(`${where}: ${detail}`);
  const people = new Set(file.entries.map(({ event }) => describeAccess(event).who));
  return {
    result: { file: out, pdf, entries: file.entries.length, unsealed: report.unsealed, failures: report.failures },
    text: `${out}: ${file.entries.length} entries of ${people.size} people and programs. Check it with: anamnesis verify ${out}`,
    exitCode: report.ok ? EXIT.ok : EXIT.verificationFailed,
  };
}
