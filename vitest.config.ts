import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests wait for databases, ledgers and disks: on two cores two at a time, where the default would be one. */
export const maxWorkers = Math.max(2, availableParallelism() - 1);

/** The node's tests share a PostgreSQL server and have a configuration of their own; everything else needs nothing. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is waited for comes when it comes: how quick it is, benchmarks say.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      'apps/node/vitest.config.ts',
      'apps/portal/vitest.config.ts',
      'apps/portal/vitest.browser.config.ts',
      {
        extends: true,
        test: {
          name: 'packages',
          maxWorkers,
          globalSetup: ['packages/testbed/src/testing/global-setup.ts'],
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/cli/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'benchmarks/**/*.test.ts',
          ],
        },
      },
    ],
  },
});
