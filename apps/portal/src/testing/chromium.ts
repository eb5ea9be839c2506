import sparticuz from '@sparticuz/chromium';
import { type BrowserServer, chromium } from 'playwright-core';

/** Of what its makers set: one process for everything ends with the first window that is closed; and a browser that guards no origin proves nothing. */
const UNWANTED = ['--single-process', '--no-zygote', '--disable-web-security', '--allow-running-insecure-content'];

/**
 * A Chromium without a window: the one that comes from npm, which needs nothing else on a bare Debian, or the one that `ANAMNESIS_CHROME` names (a
 * system's Chrome, where that one does not fit).
 */
export async function launchBrowser(): Promise<BrowserServer> {
  const own = process.env.ANAMNESIS_CHROME;
  return chromium.launchServer({
    executablePath: own ?? (await sparticuz.executablePath()),
    args: own ? [] : sparticuz.args.filter((arg) => !UNWANTED.includes(arg)),
    headless: true,
  });
}
