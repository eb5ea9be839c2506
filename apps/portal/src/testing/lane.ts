import { rm } from 'node:fs/promises';
import { launchBrowser } from './chromium.ts';
import { startStage, type Told } from './stage.ts';

/** What the tests of one worker use, and nobody else at that time. */
export interface Lane {
  readonly stage: Told;
  /** Where its Chromium listens. */
  readonly browser: string;
}

// A process of its own: what one consortium computes holds up neither the other nor the one who counts the tests. It ends with whoever started it.
const [stage, browser] = await Promise.all([startStage(), launchBrowser()]);
process.once('disconnect', async () => {
  await browser.close();
  await stage.stop();
  await rm(stage.directory, { recursive: true, force: true });
  process.exit();
});
process.send?.({ stage: stage.told, browser: browser.wsEndpoint() } satisfies Lane);
