import { expect, test } from 'vitest';
import { axeEverywhere } from '../testing/axe.ts';
import { openVisit, visits } from '../testing/visit.ts';

/** What every page has to hold; a page is in as soon as its route names a visit. */
test.each(visits)(
  'default: $name: axe finds nothing in four languages, light and dark; it fits 320 px (400 % zoom); nobody complains or is asked elsewhere',
  async (visit) => {
    const { page, complaints, strangers } = await openVisit(visit);
    expect(await axeEverywhere(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  },
  120_000,
);
