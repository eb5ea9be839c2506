import { defineConfig } from 'vitest/config';
import { maxWorkers } from '../../vitest.config.ts';

/** What needs no browser. */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic' } },
  test: {
    name: 'portal',
    maxWorkers,
    include: ['src/**/*.test.{ts,tsx}', '*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
