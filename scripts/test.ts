/**
 * Everything that `npm test` means: checks, contracts, TypeScript. Ends with one plain line of counts.
 *
 *     node scripts/test.ts            all of it
 *     node scripts/test.ts checks     formatting, lint, types, arrows, generated files
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };

function add({ passed, failed, skipped }: Counts): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

/** Runs a program of this project and shows what it prints. */
function run(command: string, args: readonly string[]): { ok: boolean; printed: string } {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
  const done = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 256 * 1024 * 1024,
  });
  process.stdout.write(done.stdout);
  return { ok: done.status === 0, printed: done.stdout };
}

/** A check counts as one test. */
function check(name: string, command: string, args: readonly string[]): void {
  process.stdout.write(`\n== ${name}\n`);
  const { ok } = run(command, args);
  if (!ok) process.stdout.write(`FAILED ${name}\n`);
  add({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
}

check('format and lint', 'biome', ['check', '--error-on-warnings', '.']);
check('types', 'tsc', ['-p', '.']);
check('types of the portal', 'tsc', ['-p', 'apps/portal']);
check('architecture', 'node', ['scripts/check-architecture.ts']);
for (const generator of ['codes', 'vectors', 'fhir', 'contracts', 'gas', 'contract-docs']) {
  check(`generated: ${generator}`, 'node', [`scripts/generate-${generator}.ts`, '--check']);
}

if (process.argv[2] !== 'checks') {
  process.stdout.write('\n== contracts\n');
  const contracts = run('node', ['scripts/test-contracts.ts']);
  const counted = /contracts: (\d+) passed, (\d+) failed, (\d+) skipped/.exec(contracts.printed);
  const [, passed = '0', failed = '0', skipped = '0'] = counted ?? [];
  // A run that fails without a failing test (a gas figure, a compile error) is a failure all the same.
  const hidden = !contracts.ok && failed === '0' ? 1 : 0;
  add({ passed: Number(passed), failed: Number(failed) + hidden, skipped: Number(skipped) });

  process.stdout.write('\n== unit and integration tests\n');
  const folder = mkdtempSync(join(tmpdir(), 'anamnesis-test-'));
  const report = join(folder, 'report.json');
  const tests = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
    };
    const broken = !tests.ok && numFailedTests === 0 ? 1 : 0;
    add({ passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests });
  } catch {
    add({ passed: 0, failed: 1, skipped: 0 });
  }
  rmSync(folder, { recursive: true, force: true });
}

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
