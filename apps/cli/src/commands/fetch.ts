import {
  AnamnesisError,
  checkGrant,
  type Grant,
  isNameOf,
  PURPOSES,
  parseJson,
  stringifyJson,
} from '@anamnesis/protocol';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { readText, staffClient, usage, wholeNumber, writeText } from '../options.ts';
import { table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: string;
  readonly tokenFile?: string;
  readonly custodian: number;
  readonly consent: string;
  readonly purpose: string;
  readonly practitioner?: string;
  readonly out?: string;
}

const EXAMPLES = `Examples (consent.json: what \`anamnesis grant --out consent.json\` wrote):
  anamnesis fetch --node http://127.0.0.1:8102 --token-file doctor.token --custodian 1 --consent consent.json
  anamnesis received --node http://127.0.0.1:8102 --token-file doctor.token --custodian 1 --consent consent.json --out received.json

`;

/** `anamnesis fetch`: a clinician has her node ask another organisation for what a patient's consent opens. */
export function fetchCommand(program: Command, perform: Perform): void {
  common(program.command('fetch').description("fetch from another organisation what a patient's consent opens"))
    .option('--purpose <code>', 'what for', 'TREAT')
    .option('--practitioner <reference>', 'who asks, where the consent names a person, such as Practitioner/7')
    .action((options: Options) => perform((context) => fetchRecords(context, options)));
}

/** `anamnesis received`: what came, and which of it verified. */
export function receivedCommand(program: Command, perform: Perform): void {
  common(program.command('received').description('read what another organisation released to yours'))
    .option('--out <file>', 'write the records here, as a FHIR Bundle')
    .action((options: Options) => perform((context) => received(context, options)));
}

function common(command: Command): Command {
  return command
    .addHelpText('before', EXAMPLES)
    .requiredOption(
      '--custodian <number>',
      'number in the Directory of the organisation that holds the records',
      wholeNumber(1),
    )
    .requiredOption('--consent <file>', 'signed consent, as `anamnesis grant --out` writes it')
    .option('--node <url>', 'node of your organisation')
    .option('--token-file <file>', 'file with your token');
}

async function fetchRecords(context: Context, options: Options): Promise<Outcome> {
  const { custodian, purpose, practitioner } = options;
  if (!isNameOf(PURPOSES, purpose)) throw usage(`there is no purpose ${purpose}`);
  const grant = await readConsent(options.consent);
  const client = await staffClient(context, options);
  const asked = { ...grant, custodian, purpose, ...(practitioner !== undefined && { practitioner }) };
  const outcome = await context.console.during((progress) => {
    progress('fetching and verifying');
    return client.fetchFromPeer(asked, { signal: context.signal });
  });
  for (const { reference, reason } of outcome.failed) context.console.warn(`${reference}: not taken over (${reason})`);
  return {
    result: { ...outcome },
    text: `${outcome.released} records came, ${outcome.verified} of them verified against the ledger; ${outcome.failed.length} were kept out.`,
    exitCode: outcome.failed.length > 0 ? EXIT.verificationFailed : EXIT.ok,
  };
}

async function received(context: Context, options: Options): Promise<Outcome> {
  const { terms } = await readConsent(options.consent);
  const client = await staffClient(context, options);
  const where = { custodian: options.custodian, subject: terms.subject };
  const bundle = await client.getReceived(where, { signal: context.signal });
  const resources = (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  const rows = [...Map.groupBy(resources, ({ resourceType }) => resourceType)].map(([type, of]) => [
    type,
    String(of.length),
  ]);
  if (options.out === undefined) return { result: { bundle }, text: stringifyJson(bundle) };
  await writeText(options.out, `${stringifyJson(bundle)}\n`);
  return {
    result: { file: options.out, records: resources.length },
    text: table([['type', 'records'], ...rows]),
  };
}

/** Throws `usage` with the file's name when it holds no consent. */
async function readConsent(file: string): Promise<Grant> {
  const text = await readText(file);
  try {
    return checkGrant(parseJson(text));
  } catch (cause) {
    if (!(cause instanceof AnamnesisError)) throw cause;
    throw new AnamnesisError('usage', `${file} holds no consent: ${cause.message}`, { cause });
  }
}
