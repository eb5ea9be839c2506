import type { Page } from 'playwright-core';

/** How a page moved while it was scrolled from its top to its end. Times in milliseconds. */
export interface Scrolled {
  /** Pixels. */
  readonly height: number;
  readonly frames: number;
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** Frames that took more than 50 ms. */
  readonly late: number;
  /** The longest task of the page's own thread, 0 where none took 50 ms. */
  readonly longestTask: number;
  /** The most elements that stood in the document. */
  readonly nodes: number;
}

/** Scrolls the page to its end, so many pixels in each frame, and watches the frames. */
export function scrollThrough(page: Page, step: number): Promise<Scrolled> {
  return page.evaluate(async (pixels) => {
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map(({ duration }) => duration)),
    );
    observer.observe({ type: 'longtask' });
    scrollTo(0, 0);
    const frame = () => new Promise<number>(requestAnimationFrame);
    for (let waited = 0; waited < 10; waited++) await frame();
    const taken: number[] = [];
    let nodes = 0;
    let before = await frame();
    while (scrollY + innerHeight < document.documentElement.scrollHeight - 1) {
      scrollBy(0, pixels);
      const now = await frame();
      taken.push(now - before);
      before = now;
      nodes = Math.max(nodes, document.getElementsByTagName('*').length);
    }
    tasks.push(...observer.takeRecords().map(({ duration }) => duration));
    observer.disconnect();
    const sorted = taken.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      height: document.documentElement.scrollHeight,
      frames: taken.length,
      median: at(0.5),
      p99: at(0.99),
      longest: at(1),
      late: taken.filter((time) => time > 50).length,
      longestTask: Math.max(0, ...tasks),
      nodes,
    };
  }, step);
}
