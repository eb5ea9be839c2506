/**
 * Changes the contracts in one place at a time and looks whether a test notices.
 *
 *     node scripts/mutate-contracts.ts                   all mutants that have no result yet, then the verdict
 *     node scripts/mutate-contracts.ts --only Consents   those of sources whose path contains this
 *     node scripts/mutate-contracts.ts --minutes 10      stop starting new ones after this time
 *     node scripts/mutate-contracts.ts --jobs 2          how many at once (2)
 *     node scripts/mutate-contracts.ts --list            the mutants, without running anything
 *
 * Each runs in a copy of the contracts in a temporary folder; the working tree is never touched. The unit tests run
 * first, and only what they do not notice meets the others. Results are kept in contracts/cache/mutation.json: killed
 * stays killed as long as its source is the same, a survivor is tried again when a test has changed. A survivor must be
 * explained in contracts/test/mutation-survivors.json (id → reason), else this fails; so does an explanation that no
 * survivor needs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contractsRoot } from '../contracts/bin/forge.ts';
import { applied, type Mutant, mutantsOf } from './mutants.ts';
import { type Run, Workshop } from './mutation-workshop.ts';

type Verdict = 'killed' | 'survived' | 'invalid' | 'timeout';

interface Result {
  verdict: Verdict;
  /** Hash of the source and, for a survivor, of the tests, for which it holds. */
  of: string;
}

const resultsFile = join(contractsRoot, 'cache/mutation.json');
const survivorsFile = join(contractsRoot, 'test/mutation-survivors.json');

/** Folders of tests, the fast ones first: each meets what those before it did not notice. */
const STAGES = ['test/unit/**', 'test/{fuzz,vectors,roles,replay,pitfalls,reference,invariant}/**'];

/** Tests that call libraries themselves. */
const LIBRARIES = 'test/fuzz/**';

function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

function solidityIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.sol'))
    .sort();
}

const sources = new Map(
  solidityIn(join(contractsRoot, 'src'))
    .filter((file) => !file.startsWith('interfaces/'))
    .map((file) => [file, readFileSync(join(contractsRoot, 'src', file), 'utf8')]),
);
const testsHash = hashOf(
  ...solidityIn(join(contractsRoot, 'test')).map((file) => readFileSync(join(contractsRoot, 'test', file), 'utf8')),
);

function sourceOf(mutant: Mutant): string {
  return sources.get(mutant.file) ?? '';
}

function readJson<T>(file: string, otherwise: T): T {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : otherwise;
}

const results = readJson<Record<string, Result>>(resultsFile, {});

/** What is known about a mutant and still holds. */
function known(mutant: Mutant): Verdict | undefined {
  const result = results[mutant.id];
  if (result === undefined) return undefined;
  const { verdict, of } = result;
  const holdsFor = verdict === 'survived' ? hashOf(sourceOf(mutant), testsHash) : hashOf(sourceOf(mutant));
  return of === holdsFor ? verdict : undefined;
}

function remember(mutant: Mutant, verdict: Verdict): void {
  const of = verdict === 'survived' ? hashOf(sourceOf(mutant), testsHash) : hashOf(sourceOf(mutant));
  results[mutant.id] = { verdict, of };
  mkdirSync(dirname(resultsFile), { recursive: true });
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 1)}\n`);
}

/** What Forge's answer says. */
function meaning({ code, printed }: Run): Verdict {
  if (code === null) return 'timeout';
  if (code === 0) return 'survived';
  if (/Compiler run failed|^Error \(\d+\)/m.test(printed)) return 'invalid';
  if (/Failing tests:|\[FAIL/.test(printed)) return 'killed';
  throw new Error(`Forge answered neither yes nor no:\n${printed}`);
}

async function judge(workshop: Workshop, ofLibraries: () => Promise<Workshop>, mutant: Mutant): Promise<Verdict> {
  const source = sourceOf(mutant);
  try {
    if (!workshop.put(mutant.file, applied(mutant, source))) return 'invalid';
    for (const tests of STAGES) {
      const found = meaning(await workshop.test(mutant.file, source, tests));
      if (found !== 'survived') return found;
    }
  } finally {
    workshop.restore(mutant.file, source);
  }
  if (!mutant.file.startsWith('libraries/')) return 'survived';
  return meaning(await (await ofLibraries()).rebuild(mutant.file, applied(mutant, source), source, LIBRARIES));
}

/** The sources as they are, compiled and put in place like a mutant, pass every test; else all would seem killed. */
async function requireHealthy(workshop: Workshop): Promise<void> {
  for (const [file, source] of sources) {
    if (!workshop.put(file, source)) throw new Error(`${file} does not compile`);
  }
  for (const tests of STAGES) {
    const run = await workshop.test('Consents.sol', sources.get('Consents.sol') ?? '', tests);
    if (meaning(run) !== 'survived') throw new Error(`the tests fail without any mutant:\n${run.printed}`);
  }
}

/** Takes from the common list until it is empty or time is over. */
async function worker(waiting: Mutant[], until: number): Promise<void> {
  const workshop = new Workshop();
  let second: Workshop | undefined;
  const ofLibraries = async (): Promise<Workshop> => {
    if (second !== undefined) return second;
    second = new Workshop();
    await second.prepare();
    return second;
  };
  try {
    await workshop.prepare();
    await requireHealthy(workshop);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (Date.now() > until) {
        waiting.unshift(next);
        return;
      }
      const found = await judge(workshop, ofLibraries, next);
      remember(next, found);
      console.log(`${found.padEnd(8)} ${describe(next)}`);
    }
  } finally {
    workshop.close();
    second?.close();
  }
}

function describe({ id, line, from, to }: Mutant): string {
  const short = (text: string): string => text.replaceAll(/\s+/g, ' ');
  return `${id} line ${line}: ${short(from)} -> ${to === '' ? '(left out)' : short(to)}`;
}

/** The most telling kinds first, in case time runs out. */
const ORDER = ['guard', 'condition', 'comparison', 'boolean', 'assignment', 'call', 'arithmetic', 'constant'];

const only = option('only') ?? '';
const all = [...sources].flatMap(([file, source]) => mutantsOf(file, source)).filter(({ file }) => file.includes(only));
if (process.argv.includes('--list')) {
  for (const mutant of all) console.log(`${(known(mutant) ?? 'new').padEnd(8)} ${describe(mutant)}`);
} else {
  const waiting = all
    .filter((mutant) => known(mutant) === undefined)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const until = Date.now() + Number(option('minutes') ?? Infinity) * 60_000;
  const jobs = Math.min(Number(option('jobs') ?? 2), waiting.length);
  await Promise.all(Array.from({ length: jobs }, () => worker(waiting, until)));
  verdict();
}

/** Counts, and fails on what is not explained. */
function verdict(): void {
  const explained = readJson<Record<string, string>>(survivorsFile, {});
  const counts = { killed: 0, timeout: 0, survived: 0, invalid: 0, 'not run': 0 };
  const unexplained: Mutant[] = [];
  for (const mutant of all) {
    const found = known(mutant);
    counts[found ?? 'not run']++;
    if (found === 'survived' && explained[mutant.id] === undefined) unexplained.push(mutant);
  }
  const ids = new Map(all.map((mutant) => [mutant.id, known(mutant)]));
  const idle = Object.keys(explained).filter((id) => id.includes(only) && ids.get(id) === 'killed');
  const gone = only === '' ? Object.keys(explained).filter((id) => !ids.has(id)) : [];
  for (const mutant of unexplained) console.error(`SURVIVED ${describe(mutant)}`);
  for (const id of idle) console.error(`explained, but killed: ${id}`);
  for (const id of gone) console.error(`explained, but there is no such mutant: ${id}`);
  console.log(
    `mutants: ${all.length}; killed ${counts.killed}, ended by time ${counts.timeout}, survived ${counts.survived} ` +
      `(${unexplained.length} unexplained), not compiling ${counts.invalid}, not run ${counts['not run']}`,
  );
  if (unexplained.length + idle.length + gone.length > 0) process.exitCode = 1;
}
