/**
 * Prints the ladder and fails on an import that goes up, type-only ones too.
 *
 *     node scripts/check-architecture.ts
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** What each package may import; testbed may import anything, and so may benchmarks. Portable parts of `ledger` are named like the package. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  crypto: ['protocol'],
  ledger: ['protocol', 'crypto'],
  sdk: ['protocol', 'crypto', 'ledger'],
  population: ['protocol'],
  node: ['protocol', 'crypto', 'ledger', 'sdk'],
  cli: ['protocol', 'sdk'],
  portal: ['protocol', 'sdk'],
  testbed: ['protocol', 'crypto', 'ledger', 'sdk', 'population', 'node', 'portal'],
};

/** Those that stand in `apps/`. */
const APPS = new Set(['node', 'cli', 'portal']);

/** Above everything: they measure and check the product, which knows nothing of them. */
const ABOVE: readonly string[] = ['benchmarks', 'scripts', 'examples'];

/** The rungs inside the node, lowest first; a file imports from its own rung and those below. */
const RUNGS: readonly (readonly string[])[] = [
  ['storage', 'config'],
  ['library'],
  ['terminology'],
  ['audit', 'events'],
  ['directory', 'checkpoints', 'operator'],
  ['consent'],
  ['records'],
  ['exchange', 'intake'],
  ['smart', 'accounts', 'requests', 'notes', 'recovery'],
  ['subscriptions', 'erasure'],
  ['self-check'],
  ['api'],
  ['node'],
];

/** Vocabulary that every layer shares: types alone, without behaviour. */
const SHARED = new Set(['modules/consent/authority.ts', 'modules/consent/scope.ts']);

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'generated') return [];
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/g;

function importsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(IMPORT)].map(([, target]) => target as string);
}

function rungOf(file: string): number {
  const [first = '', second = ''] = file.split('/');
  const name = first === 'modules' ? second : first.replace(/\.ts$/, '');
  const at = RUNGS.findIndex((rung) => rung.includes(name));
  return at < 0 ? RUNGS.length - 1 : at;
}

const wrong: string[] = [];
let checked = 0;
for (const [name, allowed] of Object.entries(PACKAGES)) {
  const folder = join(root, APPS.has(name) ? 'apps' : 'packages', name, 'src');
  for (const path of sources(folder)) {
    // Tests may reach for what they need; the product may not.
    if (/\.(test|browser|behavior|fixture)\.tsx?$/.test(path) || path.includes('/testing/')) continue;
    const file = relative(folder, path);
    for (const target of importsOf(path)) {
      checked += 1;
      const [, other] = /^@anamnesis\/([a-z]+)/.exec(target) ?? [];
      if (other !== undefined && other !== name && !allowed.includes(other)) {
        wrong.push(`${relative(root, path)} imports ${target}`);
      }
      if (!target.startsWith('.')) continue;
      const [top = ''] = relative(root, resolve(dirname(path), target)).split('/');
      if (ABOVE.includes(top)) wrong.push(`${relative(root, path)} imports ${target}, which stands above everything`);
      if (name !== 'node') continue;
      const imported = relative(folder, resolve(dirname(path), target));
      if (rungOf(imported) > rungOf(file) && !SHARED.has(imported)) {
        wrong.push(`${relative(root, path)} imports ${imported}, which stands above it`);
      }
    }
  }
}

process.stdout.write(
  'spec, contracts → protocol → crypto → ledger → sdk → node, cli, portal; testbed, then benchmarks above all\n',
);
process.stdout.write(`node: ${RUNGS.map((rung) => rung.join(', ')).join(' → ')}\n`);
for (const line of wrong) process.stdout.write(`UP  ${line}\n`);
process.stdout.write(`${checked} imports checked, ${wrong.length} go up\n`);
process.exit(wrong.length === 0 ? 0 : 1);
