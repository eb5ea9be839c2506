import { afterAll, beforeAll, expect, test } from 'vitest';
import { axe } from '../testing/axe.ts';
import { goTo } from '../testing/browser.ts';
import { writeHistory } from '../testing/history.ts';
import { type Joined, joined } from '../testing/patients.ts';
import { settled } from '../testing/settled.ts';

/** By far more than stands in a page at once. */
const VISITS = 160;
/** And one day on which more was written down than that. */
const BUSY = 40;
const RECORDS = VISITS * 3 + BUSY;

let long: Joined;
beforeAll(async () => {
  long = await joined('Longa', { lasts: true });
  await writeHistory(long.patient, VISITS, 3);
  await writeHistory(long.patient, 1, BUSY);
  await goTo(long.page, '/records');
  await settled(long.page);
});
afterAll(() => long.context.close());

test('default: all of a long record is come to by scrolling, in its order, while little of it stands in the page', async () => {
  const { page } = long;
  const places: Place[] = [];
  let most = 0;
  for (let over = false; !over; ) {
    const now = await page.evaluate(async () => {
      scrollBy(0, innerHeight);
      for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
      const items = [...document.querySelectorAll<HTMLElement>('main ol > li')];
      return {
        nodes: document.querySelectorAll('*').length,
        over: Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight,
        places: items.map((item) => ({
          at: Number(item.ariaPosInSet),
          of: Number(item.ariaSetSize),
          visit: item.querySelector('h2')?.textContent ?? '',
          records: item.querySelectorAll('li').length,
          top: item.getBoundingClientRect().top,
        })),
      };
    });
    const tops = now.places.map(({ top }) => top);
    expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    most = Math.max(most, now.nodes);
    places.push(...now.places);
    over = now.over;
  }
  const seen = [...new Map(places.map((place) => [place.at, place])).values()].sort((a, b) => a.at - b.at);
  expect(seen.map(({ at }) => at)).toEqual(Array.from({ length: seen[0]?.of ?? 0 }, (_, at) => at + 1));
  // The visits count down, besides the day on which she joined and the pieces of the busy one.
  const numbers = seen.flatMap(({ visit }) => (visit.startsWith('Visit ') ? [Number(visit.slice(6))] : []));
  expect(numbers.filter((number) => number !== 1)).toEqual(Array.from({ length: VISITS - 1 }, (_, at) => VISITS - at));
  expect(seen.at(-1)?.visit).toBe('Visit 1');
  expect(seen.reduce((sum, { records }) => sum + records, 0)).toBe(RECORDS + 1);
  expect(most).toBeLessThan(2000);
  expect(await axe(page)).toEqual([]);
});

test('behavior: Tab goes on from record to record, each in sight, and on beyond what stood in the page', async () => {
  const { page } = long;
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await settled(page);
  await page.locator('main ol > li a').first().focus();
  const stops: string[] = [];
  for (let pressed = 0; pressed < 30; pressed++) {
    // Two at once: a held key is not quicker than every other frame.
    await Promise.all([page.keyboard.press('Tab'), page.keyboard.press('Tab')]);
    stops.push(await page.evaluate(placeOfFocus));
  }
  expect(stops.filter((stop) => stop.endsWith('hidden'))).toEqual([]);
  const visits = stops.map((stop) => Number(/^Visit (\d+) /.exec(stop)?.[1]));
  const records = stops.map((stop) => Number(/^Visit \d+ (\d) /.exec(stop)?.[1]));
  // Three to a visit, by twos: 1, 3, then 2 of the next.
  const places = visits.map((visit, at) => -visit * 3 + (records[at] ?? 0));
  expect(places).toEqual(places.map((_, at) => (places[0] ?? 0) + at * 2));
});

test('behavior: who scrolls away from the focus finds it again', async () => {
  const { page } = long;
  const before = await page.evaluate(placeOfFocus);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await settled(page);
  expect(await page.evaluate(placeOfFocus)).toBe(before.replace('seen', 'hidden'));
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await expect.poll(() => page.evaluate(placeOfFocus)).toBe(before);
});

test('behavior: who comes back from a record finds the list where it was', async () => {
  const { page } = long;
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
  await settled(page);
  const before = await page.evaluate(firstInSight);
  await page.evaluate(() => (document.elementFromPoint(200, 300)?.closest('li')?.querySelector('a') ?? null)?.click());
  await page.waitForURL('**/records/Observation/**');
  await settled(page);
  await page.goBack();
  await settled(page);
  await expect.poll(() => page.evaluate(firstInSight)).toBe(before);
});

test('behavior: all of it is printed, and all of it is there for the browser to search in', async () => {
  const { page } = long;
  const count = () => page.locator('main ol > li li').count();
  await page.evaluate(() => {
    addEventListener('beforeprint', () => {
      document.documentElement.dataset.printed = String(document.querySelectorAll('main ol > li li').length);
    });
  });
  await page.pdf();
  expect(await page.evaluate(() => document.documentElement.dataset.printed)).toBe(String(RECORDS + 1));
  await expect.poll(count).toBeLessThan(200);
  await page.keyboard.press('Control+f');
  await expect.poll(count).toBe(RECORDS + 1);
});

interface Place {
  readonly at: number;
  readonly of: number;
  readonly visit: string;
  readonly records: number;
}

/** Runs in the page: the visit and the number of the record that has the focus, and whether it is seen: in the window and below nothing. */
function placeOfFocus(): string {
  const at = document.activeElement;
  const item = at?.closest('main ol > li');
  const visit = item?.querySelector('h2')?.textContent ?? item?.querySelector('p')?.textContent;
  const box = at?.getBoundingClientRect();
  const hit = box && document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return `${visit} ${at?.textContent?.slice(11)} ${hit !== null && at?.contains(hit ?? null) ? 'seen' : 'hidden'}`;
}

/** Runs in the page: the place of the first item that is in the window. */
function firstInSight(): string | undefined {
  const items = [...document.querySelectorAll('main ol > li')];
  return items.find((item) => item.getBoundingClientRect().bottom > 0)?.ariaPosInSet ?? undefined;
}
