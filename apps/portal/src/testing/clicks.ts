import type { Page } from 'playwright-core';

/** How often the page was clicked since this was called: taps and clicks of a person, keys not counted. */
export async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counted = window as unknown as { clicked: number };
    counted.clicked = 0;
    // A label's click is followed by one of its control: only pointers are counted.
    addEventListener('pointerdown', () => void counted.clicked++, true);
  });
  return () => page.evaluate(() => (window as unknown as { clicked: number }).clicked);
}
