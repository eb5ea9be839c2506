import { createHash } from 'node:crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import {
  type AccountingFile,
  checkExportFile,
  compareAccountings,
  type ExportFile,
  type ExportReport,
  parseAccountingFile,
  parseExportFile,
  type Report,
  type TrustedLedger,
  verifyAccounting,
  verifyExport,
  verifyNode,
} from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { collect, ledgerOf, readText, staffClient, usage } from '../options.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: readonly string[];
  readonly rpc?: readonly string[];
  readonly deployment?: string;
  readonly offline?: boolean;
  readonly patients?: boolean;
  readonly earlier?: string;
  readonly tokenFile?: string;
}

const EXAMPLES = `Examples:
  anamnesis verify --rpc http://127.0.0.1:8545 --node http://127.0.0.1:8101 --node http://127.0.0.1:8102
  anamnesis verify --rpc http://127.0.0.1:8545 --deployment deployment.json      every node of the Directory
  anamnesis verify --rpc http://127.0.0.1:8545 maria-records.json
  anamnesis verify --offline maria-records.json
  anamnesis verify --rpc http://127.0.0.1:8545 accounting.json --earlier accounting-of-may.json

`;

const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** `anamnesis verify`: trusts no node; exit code 8 when something does not hold. */
export function verifyCommand(program: Command, perform: Perform): void {
  program
    .command('verify')
    .description('check nodes, or an exported file, against the ledger')
    .addHelpText('before', EXAMPLES)
    .argument('[file]', 'an exported file; without it, nodes are checked')
    .option('--node <url>', 'node to check; again for more', collect)
    .option('--rpc <url>', 'ledger; again for more', collect)
    .option('--deployment <file>', 'contracts of the ledger; without it, as the nodes tell')
    .option('--offline', 'check a file without the ledger, by the signatures in it')
    .option('--earlier <file>', 'an accounting that was kept: nothing in it may be missing from this one')
    .option('--patients', "also check every patient's records (needs a token of the one node)")
    .option('--token-file <file>', 'file with the token of staff or a program')
    .action((file: string | undefined, options: Options) => perform((context) => verify(context, file, options)));
}

async function verify(context: Context, file: string | undefined, options: Options): Promise<Outcome> {
  if (options.offline && file === undefined) throw usage('only a file can be checked offline');
  const nodes = options.node?.length ? options.node : context.environment.node ? [context.environment.node] : [];
  return context.console.during(async (progress) => {
    if (file !== undefined) {
      const text = await readText(file);
      if (isAccounting(text)) return accounting(context, file, text, options, nodes);
      if (options.earlier !== undefined) throw usage('--earlier is for an accounting');
      const exported = readExport(file, text);
      const ledger = options.offline ? null : await ledgerFor(context, options, nodes);
      const report = await verifyExport(exported, ledger, { hash, onProgress: progress });
      if (options.offline) context.console.say(OFFLINE);
      for (const { where, detail } of report.warnings) context.console.warn(`warning: ${where}: ${detail}`);
      return outcome(context, options.offline ? requireSigned(report) : report, {
        against: report.against,
        records: report.records,
        unsealed: report.unsealed,
        warnings: report.warnings,
        complete: 'not-shown',
      });
    }
    const ledger = await ledgerFor(context, options, nodes);
    const report = await verifyNode({ ledger, nodes, signal: context.signal, hash, onProgress: progress });
    if (!options.patients) return outcome(context, report, { against: 'ledger' });
    return outcome(context, await withPatients(context, report, ledger, nodes, options, progress), {
      against: 'ledger',
    });
  });
}

/** An accounting of disclosures: what it shows existed, and nothing was taken out between its ends. */
async function accounting(
  context: Context,
  file: string,
  text: string,
  options: Options,
  nodes: readonly string[],
): Promise<Outcome> {
  const read = readAccounting(file, text);
  const ledger = options.offline ? null : await ledgerFor(context, options, nodes);
  const report = await verifyAccounting(read, ledger, { hash });
  if (options.offline) context.console.say(OFFLINE);
  for (const { where, detail } of report.warnings) context.console.warn(`warning: ${where}: ${detail}`);
  const { earlier } = options;
  const missing =
    earlier === undefined ? [] : compareAccountings(readAccounting(earlier, await readText(earlier)), read);
  const compared = {
    name: 'earlier',
    ok: missing.length === 0,
    detail: missing[0]?.detail ?? 'nothing in it is missing here',
  };
  const whole = {
    ...report,
    ok: report.ok && missing.length === 0,
    checks: earlier === undefined ? report.checks : [...report.checks, compared],
    failures: [...report.failures, ...missing],
  };
  return outcome(context, options.offline ? requireSigned(whole) : whole, {
    against: report.against,
    entries: report.accessEntries,
    unsealed: report.unsealed,
    warnings: report.warnings,
    complete: 'not-shown',
  });
}

function isAccounting(text: string): boolean {
  return /"format"\s*:\s*"anamnesis-accounting\/1"/.test(text.slice(0, 10_000));
}

/** Throws `verification-failed` with the file's name for what is no accounting. */
function readAccounting(file: string, text: string): AccountingFile {
  try {
    return parseAccountingFile(text);
  } catch (cause) {
    if (!(cause instanceof AnamnesisError)) throw cause;
    throw new AnamnesisError('verification-failed', `${file} is no accounting: ${cause.message}`, { cause });
  }
}

const OMISSION = 'what is in the file is genuine. That nothing was left out of it, no file can show.';

const OFFLINE =
  'note: offline, the file is measured by a key in the file itself; whose key that is only the ledger tells (--rpc, --deployment)';

/** Throws `verification-failed` with the file's name for what is no export: whoever was handed it cannot rely on it. */
function readExport(file: string, text: string): ExportFile {
  try {
    return parseExportFile(text);
  } catch (cause) {
    if (!(cause instanceof AnamnesisError)) throw cause;
    throw new AnamnesisError('verification-failed', `${file} is no export: ${cause.message}`, { cause });
  }
}

/** Without the ledger there are only signatures to go by: where there is none, nothing was verified. */
function requireSigned<R extends ExportReport>(report: R): R {
  if (report.against !== 'file') return report;
  const failure = {
    where: 'file',
    reason: 'unsigned',
    detail: 'it holds no checkpoint that its log signed, so anybody may have made it',
  };
  const check = { name: 'signatures', ok: false, detail: `${failure.where}: ${failure.detail}` };
  return { ...report, ok: false, checks: [...report.checks, check], failures: [...report.failures, failure] };
}

async function ledgerFor(context: Context, options: Options, nodes: readonly string[]): Promise<TrustedLedger> {
  const { ledger, pinned } = await ledgerOf(context, options, nodes);
  if (!pinned) {
    context.console.say(
      'note: the contract addresses are as the nodes tell; pin them with --deployment FILE to trust no node',
    );
  }
  return ledger;
}

/** Every patient's records of one node: what the logs commit to is also what the node now says. */
async function withPatients(
  context: Context,
  report: Report,
  ledger: TrustedLedger,
  nodes: readonly string[],
  options: Options,
  progress: (message: string) => void,
): Promise<Report> {
  const [node, another] = nodes;
  if (node === undefined || another !== undefined) throw usage('--patients is for one --node, whose token you have');
  const client = await staffClient(context, { node, tokenFile: options.tokenFile });
  const { signal } = context;
  const checks = [...report.checks];
  const failures = [...report.failures];
  let patients = 0;
  let records = 0;
  const before = failures.length;
  for await (const { resource } of client.fhir.searchAll('Patient', { _elements: 'id', _count: 100 }, { signal })) {
    if (resource?.id === undefined) continue;
    progress(`patient ${++patients}`);
    const file = checkExportFile(await client.exportPatient({ patient: resource.id }, { signal }));
    const found = await verifyExport(file, ledger, { hash });
    records += found.records;
    failures.push(...found.failures);
  }
  const wrong = failures.length - before;
  const detail =
    wrong === 0 ? `${records} records of ${patients} patients are what was recorded` : `${wrong} do not hold`;
  checks.push({ name: `${node}: patients`, ok: wrong === 0, detail });
  return { ok: failures.length === 0, checks, failures };
}

function outcome(context: Context, report: Report, more: Record<string, unknown>): Outcome {
  const { paint } = context.console;
  const lines = report.checks.map(
    ({ name, ok, detail }) => `${ok ? paint('green', 'ok    ') : paint('red', 'FAILED')}  ${name}: ${detail}`,
  );
  for (const { where, detail, reason } of report.failures)
    lines.push(`  ${paint('red', where)}: ${detail} (${reason})`);
  // Whoever reads the verdict alone must not take it for more than it says.
  const verdict = more.complete === undefined ? 'Verified.' : `Verified: ${OMISSION}`;
  lines.push(report.ok ? verdict : `Not verified: ${report.failures.length} failures.`);
  return {
    result: { ...more, checks: report.checks, failures: report.failures },
    text: lines.join('\n'),
    exitCode: report.ok ? EXIT.ok : EXIT.verificationFailed,
  };
}
