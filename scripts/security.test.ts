import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/* SECURITY.md names the tests behind its claims: each of them is there. */

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['apps', 'packages', 'scripts', 'benchmarks'];

function namesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    return entry.isDirectory() ? namesUnder(join(folder, entry.name)) : [entry.name];
  });
}

test('default: every file that SECURITY.md names is in the repository', () => {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
  const named = new Set([...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => path.split('/').at(-1) ?? ''));
  expect(named.size).toBeGreaterThan(30);
  const there = new Set(FOLDERS.flatMap((folder) => namesUnder(join(ROOT, folder))));
  expect([...named].filter((name) => !there.has(name))).toEqual([]);
});
