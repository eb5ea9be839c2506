import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject, onTestFinished } from 'vitest';
import type { Language } from '../app/i18n.ts';
import { followRequests } from './settled.ts';

const lane = inject('lanes')[Number(process.env.VITEST_POOL_ID) - 1];
if (lane === undefined) throw new Error('There are more workers than consortia');

/** The consortium of this worker: addresses, tokens, Maria. */
export const { stage } = lane;
const { browser } = lane;
/** Where Maria is at home. */
export const HOME = stage.nodes['st-aldhelm']?.url ?? '';
/** The hospital in Lisbon. */
export const ABROAD = stage.nodes['luz-nova']?.url ?? '';

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 860 };

export interface WindowOptions {
  /** Address of the node whose portal it is. Default Maria's home. */
  readonly at?: string;
  readonly language?: Language;
  readonly dark?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  readonly context?: BrowserContextOptions;
  /** It stays open beyond the test: who opened it closes its context. */
  readonly lasts?: boolean;
}

/** A page, and what its browser complained about: errors, and everything that the policy blocked. */
export interface OpenedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
  /** Addresses of other places than the consortium that the page asked. */
  readonly strangers: string[];
}

let connected: Promise<Browser> | undefined;

/** Opens an address of the portal in a fresh window without a past; it is closed with the test unless it `lasts`. */
export async function openPage(path: string, options: WindowOptions = {}): Promise<OpenedPage> {
  const { at = HOME, language = 'en', dark = false, size = DESKTOP } = options;
  connected ??= chromium.connect(browser);
  const context = await (await connected).newContext({
    baseURL: at,
    locale: language,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    viewport: size,
    ...options.context,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  if (options.lasts !== true)
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') await tell(page, complaints);
      await context.close();
    });
  followRequests(page);
  const strangers: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  page.on('pageerror', (error) => void complaints.push(error.message));
  page.on('request', (request) => void (isStranger(request.url()) && strangers.push(request.url())));
  await page.goto(path);
  return { page, context, complaints, strangers };
}

/** What stood on the screen when a test failed: only made-up people live here. */
async function tell(page: Page, complaints: readonly string[]): Promise<void> {
  const text = await page
    .locator('body')
    .ariaSnapshot({ timeout: 1_000 })
    .catch(() => '(no answer)');
  process.stderr.write(`\n${page.url()}\n${text.slice(0, 3_000)}\n${complaints.join('\n')}\n`);
}

const KNOWN = new Set(
  [stage.rpcUrl, ...Object.values(stage.nodes).map(({ url }) => url)].map((url) => new URL(url).origin),
);

function isStranger(address: string): boolean {
  return address.startsWith('http') && !KNOWN.has(new URL(address).origin);
}

/** Opens the portal and signs in as a demo person by her name, by one click on the first page. `path`: where to go then. */
export async function signInAs(name: string, path?: string, options: WindowOptions = {}): Promise<OpenedPage> {
  const opened = await openPage('/', options);
  await opened.page.getByRole('button', { name }).click();
  await opened.page.waitForURL((url) => url.pathname !== '/');
  if (path !== undefined) await goTo(opened.page, path);
  return opened;
}

/** Goes to another address of the portal without loading it anew, as a link does, and waits until its page stands there. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState({}, '', to);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
  await page.waitForURL((url) => url.pathname + url.search === path || url.pathname === path);
  await page.waitForFunction(() => document.documentElement.dataset.page === location.pathname);
}
