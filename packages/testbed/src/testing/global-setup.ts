import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@anamnesis/node';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A fresh data directory of PGlite, from which the tests' nodes copy theirs. */
    pglite: string;
  }
}

/** Once for a run of vitest: an empty database. To make one takes seconds of the processor, to copy it a tenth of that. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'anamnesis-pglite-'));
  await (await openDatabase({ directory })).close();
  project.provide('pglite', directory);
  return () => rm(directory, { recursive: true, force: true });
}
