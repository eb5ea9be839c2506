import { afterAll, beforeAll, describe, test } from 'vitest';
import { axeEverywhere } from '../testing/axe.ts';
import { DESKTOP, type OpenedPage } from '../testing/browser.ts';
import { keyboard } from '../testing/keyboard.ts';
import { motion } from '../testing/motion.ts';
import { goToVisit, openFor, visitors } from '../testing/visit.ts';

const people = [...visitors].map(([person, visits]) => ({ person, title: person ?? 'nobody', visits }));

/** What every page has to hold; a page is in as soon as its route names a visit. Each person has a window and goes from page to page in it; two go at a time. */
describe.concurrent.each(people)('$title', ({ person, visits }) => {
  let opened: OpenedPage;
  beforeAll(async () => {
    opened = await openFor(person, { lasts: true });
  });
  afterAll(() => opened.context.close());

  // `expect` of the test's own: two run at a time.
  test.for(visits)(
    'default: $name: axe finds nothing in four languages, light and dark; a keyboard is enough; nothing moves where motion is unwanted; it fits 320 px (400 % zoom); nobody complains or is asked elsewhere',
    { concurrent: false, timeout: 120_000 },
    async (visit, { expect }) => {
      const { page, complaints, strangers } = opened;
      complaints.length = strangers.length = 0;
      await goToVisit(opened, visit);
      const found = [await motion(page), await axeEverywhere(page), await keyboard(page)];
      expect(found.flat()).toEqual([]);
      await page.setViewportSize({ width: 320, height: 640 });
      // A drawing is told of the new width by an observer, after the page.
      await expect
        .poll(() => page.evaluate(() => document.documentElement.scrollWidth), { timeout: 10_000 })
        .toBeLessThanOrEqual(320);
      await page.setViewportSize(DESKTOP);
      expect(complaints).toEqual([]);
      expect(strangers).toEqual([]);
    },
  );
});
