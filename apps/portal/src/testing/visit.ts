import type { PageVisit } from '../app/page.ts';
import { pageRoutes } from '../app/routes.ts';
import { type OpenedPage, openPage, signInAs, type WindowOptions } from './browser.ts';

/** Every way to open a page that the features name: what the accessibility sweep and `npm run pictures` go through. */
export const visits: readonly (PageVisit & { readonly layout: string })[] = pageRoutes.flatMap((page) =>
  (page.visits ?? []).map((visit) => ({ ...visit, layout: page.layout })),
);

/** Opens a page as its feature says, and waits until it shows its heading and nothing is being fetched for it. */
export async function openVisit(visit: PageVisit, options: WindowOptions = {}): Promise<OpenedPage> {
  const { as, address, clicks = [] } = visit;
  const opened = as === undefined ? await openPage(address, options) : await signInAs(as, address, options);
  const { page } = opened;
  for (const selector of clicks) await page.locator(selector).first().click();
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[data-loading]') === null);
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  return opened;
}
