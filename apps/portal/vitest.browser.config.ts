import { defineConfig } from 'vitest/config';

/** Two files run side by side; each worker has a consortium and a Chromium, which come up once; every test has a window of its own. */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic' } },
  test: {
    name: 'browser',
    include: ['src/e2e/**/*.browser.ts'],
    globalSetup: ['src/testing/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    // After everything that needs no browser, which keeps both cores busy.
    sequence: { groupOrder: 1 },
    // Windows that are open at a time in a file whose parts are independent: as many as there are cores.
    maxConcurrency: 2,
  },
});
