import { defineConfig } from 'vitest/config';

/** The node's tests share one PostgreSQL server and one fresh PGlite directory. */
export default defineConfig({
  test: {
    name: 'node',
    include: ['src/**/*.test.ts'],
    globalSetup: ['src/testing/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
