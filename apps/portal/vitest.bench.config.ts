import { mergeConfig } from 'vitest/config';
import browser from './vitest.browser.config.ts';

const config = mergeConfig(browser, { test: { name: 'bench', testTimeout: 600_000, hookTimeout: 600_000 } });
/** `npm run bench:portal` */
export default { ...config, test: { ...config.test, maxWorkers: 1, include: ['src/e2e/measure.ts'] } };
