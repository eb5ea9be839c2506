import type { Page } from 'playwright-core';

declare global {
  interface Window {
    /** Clicks of the page that is counted. */
    clicked?: number;
  }
}

/** How often the page was clicked since this was called: taps and clicks of a person, keys not counted. */
export async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    window.clicked = 0;
    // A label's click is followed by one of its control: only pointers are counted.
    addEventListener(
      'pointerdown',
      () => {
        window.clicked = (window.clicked ?? 0) + 1;
      },
      true,
    );
  });
  return () => page.evaluate(() => window.clicked ?? 0);
}
