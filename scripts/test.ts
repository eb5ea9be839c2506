/**
 * Everything that `npm test` means: checks, contracts, TypeScript. Ends with one plain line of counts.
 *
 *     node scripts/test.ts            all of it
 *     node scripts/test.ts checks     formatting, lint, types, arrows, generated files
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What is read of the JSON that Vitest reports. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: FileReport[];
}

interface FileReport {
  name: string;
  status: string;
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };

function add({ passed, failed, skipped }: Counts): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

/** Once more at the end, where whoever reads only the last lines of a log finds it. */
function nameFailures({ name, message, assertionResults }: FileReport): void {
  const file = relative(root, name);
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0) process.stdout.write(`FAILED ${file}: ${message.slice(0, 500)}\n`);
  for (const { fullName, failureMessages } of failed) {
    process.stdout.write(`FAILED ${file} > ${fullName}\n       ${failureMessages.join(' ').slice(0, 500)}\n`);
  }
}

/** Runs a program of this project and shows what it prints while it prints it. */
async function run(command: string, args: readonly string[]): Promise<{ ok: boolean; printed: string }> {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    process.stdout.write(text);
  });
  const ok = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  return { ok, printed };
}

/** A check counts as one test. */
async function check(name: string, command: string, args: readonly string[]): Promise<void> {
  process.stdout.write(`\n== ${name}\n`);
  const { ok } = await run(command, args);
  if (!ok) process.stdout.write(`FAILED ${name}\n`);
  add({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
}

await check('format and lint', 'biome', ['check', '--error-on-warnings', '.']);
await check('types', 'tsc', ['-p', '.']);
await check('types of the portal', 'tsc', ['-p', 'apps/portal']);
await check('architecture', 'node', ['scripts/check-architecture.ts']);
for (const generator of ['codes', 'vectors', 'fhir', 'contracts', 'gas', 'contract-docs', 'leak-probes']) {
  await check(`generated: ${generator}`, 'node', [`scripts/generate-${generator}.ts`, '--check']);
}

if (process.argv[2] !== 'checks') {
  process.stdout.write('\n== contracts\n');
  const contracts = await run('node', ['scripts/test-contracts.ts']);
  const counted = /contracts: (\d+) passed, (\d+) failed, (\d+) skipped/.exec(contracts.printed);
  const [, passed = '0', failed = '0', skipped = '0'] = counted ?? [];
  // A run that fails without a failing test (a gas figure, a compile error) is a failure all the same.
  const hidden = !contracts.ok && failed === '0' ? 1 : 0;
  add({ passed: Number(passed), failed: Number(failed) + hidden, skipped: Number(skipped) });

  process.stdout.write('\n== unit and integration tests\n');
  const folder = mkdtempSync(join(tmpdir(), 'anamnesis-test-'));
  const report = join(folder, 'report.json');
  const tests = await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    ) as Report;
    for (const file of testResults.filter(({ status }) => status === 'failed')) nameFailures(file);
    const broken = !tests.ok && numFailedTests === 0 ? 1 : 0;
    add({ passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests });
  } catch {
    add({ passed: 0, failed: 1, skipped: 0 });
  }
  rmSync(folder, { recursive: true, force: true });
}

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
