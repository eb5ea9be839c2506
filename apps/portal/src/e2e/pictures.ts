import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, test } from 'vitest';
import { DESKTOP, PHONE } from '../testing/browser.ts';
import { openVisit, visits } from '../testing/visit.ts';

/** `npm run pictures`: a picture of every page, on a desk and on a phone, into docs/pictures. It is no test; it uses the same stage. */
const FOLDER = join(import.meta.dirname, '../../../../docs/pictures');

beforeAll(() => mkdir(FOLDER, { recursive: true }));

test.each(visits)('$name', async (visit) => {
  for (const [suffix, size] of [
    ['', DESKTOP],
    ['-phone', PHONE],
  ] as const) {
    const { page, context } = await openVisit(visit, { size });
    await page.screenshot({ path: join(FOLDER, `${visit.name}${suffix}.png`) });
    await context.close();
  }
});
