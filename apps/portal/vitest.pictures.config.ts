import { mergeConfig } from 'vitest/config';
import browser from './vitest.browser.config.ts';

const config = mergeConfig(browser, { test: { name: 'pictures' } });
/** `npm run pictures` */
export default { ...config, test: { ...config.test, maxWorkers: 1, include: ['src/e2e/pictures.ts'] } };
