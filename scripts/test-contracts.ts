/**
 * Runs the tests of the contracts and compares what every act costs with the committed figures.
 *
 *     node scripts/test-contracts.ts             exit 1 on a failing test or a differing figure
 *     node scripts/test-contracts.ts --update    take the new figures over into contracts/snapshots
 *
 * Tests run isolated (every call a transaction of its own), because only then the figures hold the base cost and the
 * call data. They are exact and reproducible: each is taken in a test that prepares its own state, fuzz seeds are fixed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { contractsRoot, forge } from '../contracts/bin/forge.ts';
import { treeFaults } from './trees.ts';

type Test = { status: string; reason: string | null; gas_snapshots: Record<string, Record<string, string>> };
type Suites = Record<string, { test_results: Record<string, Test> }>;

/** Gas of every act, by group and act, as text like Forge gives it. */
type Figures = Record<string, Record<string, string>>;

type Outcome = { passed: number; failed: number; skipped: number; figures: Figures };

const folder = join(contractsRoot, 'snapshots');

/** The committed figures, one file per group. */
function committedFigures(): Figures {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(
    files.map((file) => [basename(file, '.json'), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  );
}

/** `group: act` and gas of every figure. */
function flatten(figures: Figures): Map<string, string> {
  return new Map(
    Object.entries(figures).flatMap(([group, acts]) =>
      Object.entries(acts).map(([act, gas]): [string, string] => [`${group}: ${act}`, gas]),
    ),
  );
}

/** Replaces the committed figures, sorted. */
function commitFigures(figures: Figures): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [group, acts] of Object.entries(figures)) {
    const sorted = Object.fromEntries(Object.entries(acts).sort());
    writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(sorted, null, 2)}\n`);
  }
}

/** One line per act whose figure changed, appeared or went. */
function compareFigures(committed: Figures, measured: Figures): string[] {
  const [before, after] = [flatten(committed), flatten(measured)];
  const acts = [...new Set([...before.keys(), ...after.keys()])].sort();
  return acts
    .filter((act) => before.get(act) !== after.get(act))
    .map((act) => `${act}: ${before.get(act) ?? 'none'} committed, ${after.get(act) ?? 'none'} measured`);
}

/** Runs all tests; failures are printed. */
function runTests(): Outcome {
  const run = forge(['test', '--isolate', '--json']);
  const line = run.stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) {
    console.error(run.stdout, run.stderr);
    throw new Error('Forge did not run the tests');
  }
  const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, figures: {} };
  for (const [suite, { test_results }] of Object.entries(JSON.parse(line) as Suites)) {
    for (const [test, { status, reason, gas_snapshots }] of Object.entries(test_results)) {
      if (status === 'Success') outcome.passed++;
      else if (status === 'Skipped') outcome.skipped++;
      else {
        outcome.failed++;
        console.error(`FAILED ${suite} ${test}\n       ${reason ?? 'no reason given'}`);
      }
      for (const [group, acts] of Object.entries(gas_snapshots)) {
        outcome.figures[group] = { ...outcome.figures[group], ...acts };
      }
    }
  }
  // Forge's own verdict stands even where no single test is to blame, as when a suite cannot be set up.
  if (run.status !== 0 && outcome.failed === 0) outcome.failed++;
  return outcome;
}

const format = forge(['fmt', '--check']);
if (format.status !== 0) console.error(`${format.stdout}${format.stderr}\nrun: forge fmt in contracts/`);

const trees = treeFaults();
for (const fault of trees) console.error(`TREE ${fault}`);

const { passed, failed, skipped, figures } = runTests();
let differences = compareFigures(committedFigures(), figures);
if (process.argv.includes('--update') && failed === 0) {
  commitFigures(figures);
  for (const difference of differences) console.log(`updated  ${difference}`);
  differences = [];
}
for (const difference of differences) console.error(`GAS ${difference}`);
if (differences.length > 0) console.error('if intended: node scripts/test-contracts.ts --update');

console.log(`gas: ${flatten(figures).size} figures, ${differences.length} differ from contracts/snapshots`);
console.log(`contracts: ${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0 || passed === 0 || differences.length + trees.length > 0 || format.status !== 0) process.exitCode = 1;
