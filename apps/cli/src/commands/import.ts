import { AnamnesisError } from '@anamnesis/protocol';
import type { Client } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT, exitCodeOf } from '../exitCodes.ts';
import { findFiles } from '../import/findFiles.ts';
import { newTally, postBundle, type Tally } from '../import/postBundle.ts';
import { readBundles } from '../import/readBundles.ts';
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

`;

/** `anamnesis import`: FHIR files into a node. */
export function importCommand(program: Command, perform: Perform): void {
  program
    .command('import')
    .description('bring FHIR files (bundles, resources, NDJSON) into a node')
    .addHelpText('before', EXAMPLES)
    .argument('<paths...>', 'files or folders; organisations and practitioners are taken first')
    .option('--node <url>', 'address of the node')
    .option('--token-file <file>', 'file with the token of staff or a program')
    .option('--as-is', 'post bundles unchanged: a second import may double records')
    .option('--dry-run', 'only show what would be posted')
    .option('--attempts <number>', 'how often a bundle is posted while the node does not answer', wholeNumber(1), 6)
    .action((paths: string[], options: Options) => perform((context) => importFiles(context, paths, options)));
}

async function importFiles(context: Context, paths: readonly string[], options: Options): Promise<Outcome> {
  const files = await findFiles(paths);
  if (files.length === 0) throw new AnamnesisError('not-found', 'there is no FHIR file (.json, .ndjson, .jsonl)');
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
    for (const [at, file] of files.entries()) {
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
    return report(context, { files, posted, seconds, tally, failures, counts, worst });
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
    worst: number;
  },
): Outcome {
  const { files, posted, seconds, tally, failures, counts } = found;
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
  const text = [
    table([['type', 'before', 'created', 'now', 'counted back'], ...rows]),
    '',
    `${files.length - failures.length} of ${files.length} files, ${posted} records in ${duration(seconds * 1000)}: ` +
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
    seconds: Math.round(seconds * 1000) / 1000,
  };
  return { result, text, exitCode };
}

async function dryRun(files: readonly string[], options: Options): Promise<Outcome> {
  const rows: string[][] = [['records', 'by identifier', 'by id', 'not repeatable', 'file']];
  const plans: { file: string; records: number; byIdentifier: number; byId: number; unrepeatable: number }[] = [];
  for (const file of files) {
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
  return { result: { dryRun: true, files: plans }, text: table(rows) };
}
