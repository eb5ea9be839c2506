import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { launchBrowser } from './chromium.ts';
import { startStage } from './stage.ts';

/** Once for all browser tests: the portal built, a consortium with its people, a Chromium. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [stage, browser] = await Promise.all([startStage(), launchBrowser()]);
  project.provide('browser', browser.wsEndpoint());
  project.provide('stage', stage.told);
  return async () => {
    await browser.close();
    await stage.stop();
    await rm(stage.directory, { recursive: true, force: true });
  };
}
