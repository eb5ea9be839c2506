import type { Page, Request } from 'playwright-core';

const asking = new WeakMap<Page, Set<Request>>();

/** Follows what a page asks for, from its beginning; {@link settled} waits for it. The live line never ends and does not count. */
export function followRequests(page: Page): void {
  const open = new Set<Request>();
  asking.set(page, open);
  page.on('request', (request) => {
    if (!new URL(request.url()).pathname.endsWith('/api/v1/events')) open.add(request);
  });
  const ended = (request: Request) => void open.delete(request);
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
    const [next] = asking.get(page) ?? [];
    if (next === undefined) return;
    await next.response().then((response) => response?.finished());
  }
}
