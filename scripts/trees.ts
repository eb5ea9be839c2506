/**
 * The trees of `contracts/test/trees` against the tests: what is written there is tested, and nothing is left out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contractsRoot } from '../contracts/bin/forge.ts';

/** The interfaces whose functions make up a contract; what OpenZeppelin brings along is in the table of roles. */
const INTERFACES: Readonly<Record<string, readonly string[]>> = {
  Authority: ['IAuthority'],
  Checkpoints: ['ICheckpoints'],
  Consents: ['IConsents', 'IProxies', 'IEmergencies'],
  Council: ['ICouncil'],
  Directory: ['IDirectory'],
  Subjects: ['ISubjects', 'IGuardians'],
};

function read(...path: string[]): string {
  return readFileSync(join(contractsRoot, ...path), 'utf8');
}

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

/** The test functions under a folder. */
function testNames(folder: string): Set<string> {
  const files = (readdirSync(join(contractsRoot, folder), { recursive: true }) as string[]).filter((file) =>
    file.endsWith('.t.sol'),
  );
  return new Set(files.flatMap((file) => namesIn(read(folder, file), /function ((?:test|invariant)\w*)\(/g)));
}

/** What is wrong with the trees, in words; empty when all is well. */
export function treeFaults(): string[] {
  const tests = testNames('test');
  const faults: string[] = [];
  const leaves = new Set<string>();
  const known = new Set<string>();
  for (const [contract, interfaces] of Object.entries(INTERFACES)) {
    const tree = read('test/trees', `${contract}.tree`);
    const roots = new Set(namesIn(tree, /^(\w+)$/gm));
    const functions = interfaces.flatMap((name) =>
      namesIn(read('src/interfaces', `${name}.sol`), /^ {4}function (\w+)\(/gm),
    );
    for (const name of functions) {
      known.add(name);
      if (!roots.has(name)) faults.push(`${contract}.tree: ${name} has no tree`);
    }
    for (const root of roots) {
      if (!functions.includes(root)) faults.push(`${contract}.tree: ${contract} has no function ${root}`);
    }
    for (const branch of tree.split('\n').filter((line) => /^[│ ]+[├└]|^[├└].*: \w+$/.test(line))) {
      const test = /: (\w+)$/.exec(branch)?.[1];
      if (test === undefined) faults.push(`${contract}.tree: a leaf without a test: ${branch.trim()}`);
      else if (!tests.has(test)) faults.push(`${contract}.tree: there is no test ${test}`);
      else leaves.add(test);
    }
  }
  for (const test of testNames('test/unit')) {
    const verb = /^test(?:Fuzz)?_(\w+?)_/.exec(test)?.[1] ?? '';
    if (known.has(verb) && !leaves.has(test)) faults.push(`no tree names ${test}`);
  }
  return faults.sort();
}
