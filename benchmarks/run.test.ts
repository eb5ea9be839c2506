import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/*
 * Keeps the benchmarks running. What they measure is not looked at: a figure depends on the machine. One engine is enough for that: the
 * node's own tests run over both.
 */

test('default: the smallest profile measures everything and writes its report', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anamnesis-bench-test-'));
  const file = join(folder, 'RESULTS.md');
  const run = promisify(execFile);
  await run(process.execPath, [join(import.meta.dirname, 'run.ts'), '--smoke', '--engines', 'postgres', '--out', file]);
  const report = await readFile(file, 'utf8');
  await rm(folder, { recursive: true, force: true });
  const headings = [...report.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(headings).toHaveLength(11);
  expect(report).toContain('PostgreSQL: rate');
  // A figure that could not be computed, as when an operation failed.
  expect(report).not.toContain('NaN');
}, 240_000);
