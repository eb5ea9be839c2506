import type { PageVisit } from '../app/page.ts';
import { pageRoutes } from '../app/routes.ts';
import { goTo, type OpenedPage, openPage, signInAs, type WindowOptions } from './browser.ts';
import { settled } from './settled.ts';

export type NamedVisit = PageVisit & { readonly layout: string };

/** Every way to open a page that the features name: what the accessibility sweep and `npm run pictures` go through. */
export const visits: readonly NamedVisit[] = pageRoutes.flatMap((page) =>
  (page.visits ?? []).map((visit) => ({ ...visit, layout: page.layout })),
);

/** The visits of each person, and of nobody in particular. */
export const visitors: ReadonlyMap<string | undefined, readonly NamedVisit[]> = Map.groupBy(visits, ({ as }) => as);

/** Opens a window for a person's visits: on the first page, signed in unless it is nobody's. */
export function openFor(person: string | undefined, options: WindowOptions = {}): Promise<OpenedPage> {
  return person === undefined ? openPage('/', options) : signInAs(person, undefined, options);
}

/** Goes to a page in a window of its visitor, as its feature says, and waits until it is all there. */
export async function goToVisit({ page }: OpenedPage, { address, clicks = [] }: PageVisit): Promise<void> {
  await settled(page);
  await goTo(page, address);
  await settled(page);
  for (const selector of clicks) {
    await page.locator(selector).first().click();
    await settled(page);
  }
}
