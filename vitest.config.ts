import { defineConfig } from 'vitest/config';

/** The node's tests share a PostgreSQL server and have a configuration of their own; everything else needs nothing. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      'apps/node/vitest.config.ts',
      'apps/portal/vitest.config.ts',
      'apps/portal/vitest.browser.config.ts',
      {
        extends: true,
        test: {
          name: 'packages',
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
