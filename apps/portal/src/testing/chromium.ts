import sparticuz from '@sparticuz/chromium';
import { type BrowserServer, chromium } from 'playwright-core';

/**
 * A Chromium without a window: the one that comes from npm, which needs nothing else on a bare Debian, or the one that `ANAMNESIS_CHROME` names (a
 * system's Chrome, where that one does not fit).
 */
export async function launchBrowser(): Promise<BrowserServer> {
  const own = process.env.ANAMNESIS_CHROME;
  return chromium.launchServer({
    executablePath: own ?? (await sparticuz.executablePath()),
    // One process for everything, as its makers set it, ends with the first window that is closed.
    args: own ? [] : sparticuz.args.filter((arg) => !['--single-process', '--no-zygote'].includes(arg)),
    headless: true,
  });
}
