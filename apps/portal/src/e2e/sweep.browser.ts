import { describe, expect, test } from 'vitest';
import { axeEverywhere } from '../testing/axe.ts';
import { openVisit, visits } from '../testing/visit.ts';

/** What every page has to hold, in every language, light and dark; a page is in as soon as its route names a visit. */
describe.each(visits)('$name ($address)', (visit) => {
  test('default: axe finds nothing in four languages and two schemes; nobody complains; nobody else is asked', async () => {
    const { page, complaints, strangers } = await openVisit(visit);
    expect(await axeEverywhere(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  test('behavior: at 320 px, which is 400 % zoom of 1,280 px, nothing has to be scrolled sideways', async () => {
    const { page } = await openVisit(visit, { size: { width: 320, height: 640 } });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(320);
  });
});
