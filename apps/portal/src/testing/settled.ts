import type { Page, Request } from 'playwright-core';

interface Asking {
  readonly open: Set<Request>;
  /** Told when nothing is open any more. */
  readonly waiting: (() => void)[];
}

const asked = new WeakMap<Page, Asking>();

/** Follows what a page asks for, from its beginning; {@link settled} waits for it. The live line never ends and does not count. */
export function followRequests(page: Page): void {
  const asking: Asking = { open: new Set(), waiting: [] };
  asked.set(page, asking);
  page.on('request', (request) => {
    if (!new URL(request.url()).pathname.endsWith('/api/v1/events')) asking.open.add(request);
  });
  // By these events alone: the answer to a request that was broken off never comes.
  const ended = (request: Request) => {
    asking.open.delete(request);
    if (asking.open.size === 0) for (const tell of asking.waiting.splice(0)) tell();
  };
  page.on('requestfinished', ended).on('requestfailed', ended);
}

/**
 * Waits until the page of the address stands there (not the one before it), with its heading and typeface, and nothing is being fetched or waited for: names
 * instead of numbers, seals instead of hourglasses.
 */
export async function settled(page: Page): Promise<void> {
  for (;;) {
    await page.waitForFunction(() => {
      const { page: shown } = document.documentElement.dataset;
      const there = shown === location.pathname && document.querySelector('main h1') !== null;
      return there && document.querySelector('[data-loading]') === null;
    });
    await page.evaluate(async () => {
      await document.fonts.ready;
      // What has come is drawn in the next frame; what that asks for is asked by the one after it.
      for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
    });
    const asking = asked.get(page);
    if (asking === undefined || asking.open.size === 0) return;
    await new Promise<void>((resolve) => asking.waiting.push(resolve));
  }
}
