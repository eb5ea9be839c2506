import { defineConfig } from 'vitest/config';
import { maxWorkers } from '../../vitest.config.ts';

/** The node's tests share one PostgreSQL server and one fresh PGlite directory. */
export default defineConfig({
  test: {
    name: 'node',
    maxWorkers,
    include: ['src/**/*.test.ts'],
    globalSetup: ['src/testing/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
