import { AnamnesisError } from '@anamnesis/protocol';
import type { Client } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT, exitCodeOf } from '../exitCodes.ts';
import { findFiles } from '../import/findFiles.ts';
import { newTally, postBundle, type Tally } from '../import/postBundle.ts';
import { readBundles } from '../import/readBundles.ts';
import { readMessages } from '../import/readMessages.ts';
import { type IntakeTally, isIntake, sendIntake } from '../import/sendIntake.ts';
import { staffClient, wholeNumber } from '../options.ts';
import { duration, table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: string;
  readonly tokenFile?: string;
  readonly asIs?: boolean;
  readonly dryRun?: boolean;
  readonly attempts: number;
}

const EXAMPLES = `Examples:
  anamnesis import --node http://127.0.0.1:8101 --token-file staff.token records/
  anamnesis import --dry-run records/patient.json       what would be posted
  anamnesis import --token-file engine.token night/*.hl7 ccd.xml    through the node’s intake (docs/intake.md)

`;

/** `anamnesis import`: FHIR files, HL7 v2 messages and C-CDA documents into a node. */
export function importCommand(program: Command, perform: Perform): void {
  program
    .command('import')
    .description('bring FHIR files (bundles, resources, NDJSON), HL7 v2 messages and C-CDA documents into a node')
    .addHelpText('before', EXAMPLES)
    .argument('<paths...>', 'files or folders; organisations and practitioners are taken first, .hl7 and .xml last')
    .option('--node <url>', 'address of the node')
    .option('--token-file <file>', 'file with the token of staff or a program')
    .option('--as-is', 'post bundles unchanged: a second import may double records')
    .option('--dry-run', 'only show what would be posted')
    .option('--attempts <number>', 'how often a bundle is posted while the node does not answer', wholeNumber(1), 6)
    .action((paths: string[], options: Options) => perform((context) => importFiles(context, paths, options)));
}

async function importFiles(context: Context, paths: readonly string[], options: Options): Promise<Outcome> {
  const files = await findFiles(paths);
  if (files.length === 0)
    throw new AnamnesisError(
      'not-found',
      'there is no FHIR file (.json, .ndjson, .jsonl), HL7 v2 (.hl7) or C-CDA (.xml) file',
    );
  if (options.dryRun) return dryRun(files, options);
  const client = await staffClient(context, options);
  return context.console.during(async (progress) => {
    const started = performance.now();
    const types = new Set<string>();
    const before = new Map<string, number>();
    const tally = newTally();
    const failures: { file: string; code: string; reason: string }[] = [];
    let repeated = false;
    let posted = 0;
    let worst: number = EXIT.ok;
    for (const [at, file] of files.filter((one) => !isIntake(one)).entries()) {
      try {
        for await (const { bundle, unrepeatable } of readBundles(file, { asIs: options.asIs === true })) {
          for (const { resource } of bundle.entry ?? []) if (resource) types.add(resource.resourceType);
          await countNew(client, types, before, context.signal);
          progress(`${at + 1} of ${files.length} files, ${posted} records`);
          const attempts = unrepeatable > 0 ? 1 : options.attempts;
          const used = await postBundle(client, bundle, tally, { attempts, signal: context.signal });
          repeated ||= used > 1;
          posted += bundle.entry?.length ?? 0;
        }
      } catch (error) {
        if (!(error instanceof AnamnesisError) || context.signal.aborted) throw error;
        // One file that is refused does not keep the others out; a node that is gone, or does not let us in, does.
        if ([EXIT.network, EXIT.notSignedIn].includes(exitCodeOf(error) as never)) throw error;
        failures.push({ file, code: error.code, reason: error.message });
        context.console.warn(error.message.startsWith(file) ? error.message : `${file}: ${error.message}`);
        worst = exitCodeOf(error);
      }
    }
    const seconds = (performance.now() - started) / 1000;
    progress('counting back');
    const counts = await compare(client, before, tally, repeated, context.signal);
    // Afterwards: what they make cannot be counted back, since a node does not say which records a message made.
    const intake: IntakeTally = { messages: 0, documents: 0, repeated: 0, created: 0, updated: 0, unchanged: 0 };
    for (const file of files.filter(isIntake)) {
      progress(file);
      const { signal } = context;
      const refused = await sendIntake(client, file, intake, { attempts: options.attempts, signal });
      for (const { message, reason } of refused) {
        context.console.warn(`${file}${message === undefined ? '' : `, message ${message}`}: ${reason}`);
      }
      if (refused.length > 0) worst = EXIT.other;
      failures.push(...refused);
    }
    return report(context, { files, posted, seconds, tally, failures, counts, intake, worst });
  });
}

interface Count {
  readonly type: string;
  readonly before: number;
  readonly after: number;
  readonly created: number;
  readonly agrees: boolean;
}

async function countNew(client: Client, types: Set<string>, before: Map<string, number>, signal: AbortSignal) {
  for (const type of types) if (!before.has(type)) before.set(type, await client.fhir.count(type, '', { signal }));
}

/** Counts every type again: the node must now hold as many more as it said it created. */
async function compare(
  client: Client,
  before: ReadonlyMap<string, number>,
  tally: Tally,
  repeated: boolean,
  signal: AbortSignal,
): Promise<Count[]> {
  const counts: Count[] = [];
  for (const [type, earlier] of [...before].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const after = await client.fhir.count(type, '', { signal });
    const created = tally.created.get(type) ?? 0;
    const more = after - earlier;
    // Where an answer was lost, what the first attempt created looks as if it had been there before.
    const most = created + (repeated ? (tally.present.get(type) ?? 0) : 0);
    counts.push({ type, before: earlier, after, created, agrees: more >= created && more <= most });
  }
  return counts;
}

function report(
  context: Context,
  found: {
    files: readonly string[];
    posted: number;
    seconds: number;
    tally: Tally;
    failures: readonly { file: string; code: string; reason: string }[];
    counts: readonly Count[];
    intake: IntakeTally;
    worst: number;
  },
): Outcome {
  const { files, posted, seconds, tally, failures, counts, intake } = found;
  const sum = (numbers: ReadonlyMap<string, number>): number => [...numbers.values()].reduce((a, b) => a + b, 0);
  const created = sum(tally.created);
  const present = sum(tally.present);
  for (const { reference, status, reason } of tally.refused.slice(0, 20)) {
    context.console.warn(`${reference}: ${status} ${reason}`);
  }
  if (tally.refused.length > 20) context.console.warn(`… and ${tally.refused.length - 20} more were refused`);
  const countsAgree = counts.every((count) => count.agrees);
  const rows = counts.map(({ type, before, after, created: made, agrees }) => [
    type,
    String(before),
    String(made),
    String(after),
    agrees ? 'ok' : 'DIFFERS',
  ]);
  const untaken = new Set(failures.map(({ file }) => file));
  const text = [
    ...(rows.length > 0 ? [table([['type', 'before', 'created', 'now', 'counted back'], ...rows]), ''] : []),
    ...(files.some(isIntake) ? [intakeText(intake)] : []),
    `${files.length - untaken.size} of ${files.length} files, ${posted} records in ${duration(seconds * 1000)}: ` +
      `${created} created, ${present} already there, ${tally.refused.length} refused`,
  ].join('\n');
  let exitCode: number = found.worst;
  if (!countsAgree) exitCode = EXIT.verificationFailed;
  else if (exitCode === EXIT.ok && tally.refused.length > 0) exitCode = EXIT.other;
  const result = {
    files: files.length,
    records: posted,
    created,
    present,
    refused: tally.refused,
    failures,
    counts,
    countsAgree,
    intake,
    seconds: Math.round(seconds * 1000) / 1000,
  };
  return { result, text, exitCode };
}

function intakeText({ messages, documents, repeated, created, updated, unchanged }: IntakeTally): string {
  return `${messages} messages, ${documents} documents (${repeated} taken before): of these ${created} records created, ${updated} updated, ${unchanged} unchanged`;
}

async function dryRun(files: readonly string[], options: Options): Promise<Outcome> {
  const rows: string[][] = [['records', 'by identifier', 'by id', 'not repeatable', 'file']];
  const plans: { file: string; records: number; byIdentifier: number; byId: number; unrepeatable: number }[] = [];
  const sent: { file: string; messages: number }[] = [];
  for (const file of files) {
    if (isIntake(file)) {
      const messages = /\.hl7$/i.test(file) ? (await readMessages(file)).length : 1;
      sent.push({ file, messages });
      rows.push(['-', '-', '-', '-', `${file} (${messages} for intake)`]);
      continue;
    }
    const plan = { file, records: 0, byIdentifier: 0, byId: 0, unrepeatable: 0 };
    for await (const { bundle, byIdentifier, byId, unrepeatable } of readBundles(file, {
      asIs: options.asIs === true,
    })) {
      plan.records += bundle.entry?.length ?? 0;
      plan.byIdentifier += byIdentifier;
      plan.byId += byId;
      plan.unrepeatable += unrepeatable;
    }
    plans.push(plan);
    rows.push([plan.records, plan.byIdentifier, plan.byId, plan.unrepeatable, file].map(String));
  }
  return { result: { dryRun: true, files: plans, intake: sent }, text: table(rows) };
}
