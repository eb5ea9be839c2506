import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { DESKTOP, type OpenedPage, PHONE } from '../testing/browser.ts';
import { goToVisit, openFor, visitors } from '../testing/visit.ts';

/** `npm run pictures`: a picture of every page, on a desk and on a phone, into docs/pictures. It is no test; it uses the same stage. */
const FOLDER = join(import.meta.dirname, '../../../../docs/pictures');
const SIZES = { '': DESKTOP, '-phone': PHONE };

const windows = [...visitors].flatMap(([person, visits]) =>
  Object.entries(SIZES).map(([suffix, size]) => ({
    title: `${person ?? 'nobody'}${suffix}`,
    person,
    visits,
    suffix,
    size,
  })),
);

beforeAll(() => mkdir(FOLDER, { recursive: true }));

describe.concurrent.each(windows)('$title', ({ person, visits, suffix, size }) => {
  let opened: OpenedPage;
  beforeAll(async () => {
    opened = await openFor(person, { size, lasts: true });
  });
  afterAll(() => opened.context.close());

  test.each(visits)('$name', { concurrent: false }, async (visit) => {
    const { page } = opened;
    await goToVisit(opened, visit);
    // Nothing is pointed at, and the page begins at its beginning.
    await page.mouse.move(0, 0);
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(FOLDER, `${visit.name}${suffix}.png`) });
  });
});
