import { defineConfig } from 'vitest/config';

/** What needs no browser. */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic' } },
  test: { name: 'portal', include: ['src/**/*.test.{ts,tsx}', '*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 },
});
