import { openPage, PHONE } from './browser.ts';

/** A line, in kilobits per second and milliseconds that each request waits. */
export interface Line {
  readonly name: string;
  readonly down: number;
  readonly up: number;
  readonly wait: number;
}

/** A mobile line of 1.6 Mbit/s with 150 ms there and back, as in Lighthouse's "Slow 4G" (once "Fast 3G"), applied to each request. */
export const FAST_3G: Line = {
  name: 'fast 3G (1.6 Mbit/s down, 750 kbit/s up, 150 ms)',
  down: 1600,
  up: 750,
  wait: 150,
};
/** What DevTools' preset of that name sets: the wait is 3.75 round trips, for connections that have to be opened, and a tenth less goes through. */
export const DEVTOOLS_3G: Line = {
  name: 'DevTools’ preset Fast 3G / Slow 4G (1.44 Mbit/s down, 562 ms)',
  down: 1440,
  up: 675,
  wait: 562.5,
};

/** No line at all: what the processor takes. */
export const NEAR: Line = { name: 'a line without limits', down: 1_000_000, up: 1_000_000, wait: 0 };

/** Moments of the first page in milliseconds since it was asked for, on a device that knows nothing of it. */
export interface FirstPage {
  /** Its first words are painted. */
  readonly painted: number;
  /** The largest of what it shows in the end is painted. */
  readonly largest: number;
  /** Its main button answers a click. */
  readonly interactive: number;
  /** Bytes over the wire until then. */
  readonly bytes: number;
  /** Files and answers that had come until then. */
  readonly requests: number;
}

declare global {
  interface Window {
    moments?: { -readonly [key in keyof FirstPage]: number };
  }
}

/** Opens the first page once, in a fresh window on a slow line, with a processor that takes so many times as long. */
export async function measureFirstPage(line: Line, slower: number, { at }: { at?: string } = {}): Promise<FirstPage> {
  const { page, context } = await openPage('about:blank', {
    size: PHONE,
    lasts: true,
    ...(at !== undefined && { at }),
  });
  try {
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: line.wait,
      downloadThroughput: (line.down * 1000) / 8,
      uploadThroughput: (line.up * 1000) / 8,
    });
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower });
    await page.addInitScript(watch);
    await page.goto('/', { waitUntil: 'commit' });
    await page.waitForFunction(
      () => (window.moments?.interactive ?? 0) > 0 && document.querySelector('section button'),
    );
    await page.evaluate(() => document.fonts.ready.then(() => new Promise(requestAnimationFrame)));
    const moments = await page.evaluate(() => window.moments);
    if (moments === undefined) throw new Error('The first page was not watched');
    return moments;
  } finally {
    await context.close();
  }
}

/** Runs in the page before anything of it: notes the paints, and clicks the main button as soon as it stands there, until it answers. */
function watch(): void {
  const moments = { painted: 0, largest: 0, interactive: 0, bytes: 0, requests: 0 };
  window.moments = moments;
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries())
      if (name === 'first-contentful-paint') moments.painted = startTime;
  }).observe({ type: 'paint', buffered: true });
  new PerformanceObserver((list) => {
    moments.largest = list.getEntries().at(-1)?.startTime ?? moments.largest;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  // The click is looked at last, when the page has had it: it answers when it has taken the click for itself. Then it goes nowhere, so that the rest of the page still comes.
  const attempt = (): void => {
    const button = document.querySelector('main a[href="/sign-in"]');
    if (button !== null) {
      const click = new MouseEvent('click', { bubbles: true, cancelable: true });
      let taken = false;
      const last = (event: Event): void => {
        taken = event.defaultPrevented;
        event.preventDefault();
      };
      addEventListener('click', last, { once: true });
      button.dispatchEvent(click);
      if (taken) {
        moments.interactive = performance.now();
        const loads = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
        const come = loads.map((load) => (load as PerformanceResourceTiming).transferSize).filter((size) => size > 0);
        moments.bytes = come.reduce((sum, size) => sum + size, 0);
        moments.requests = come.length;
        return;
      }
    }
    requestAnimationFrame(attempt);
  };
  requestAnimationFrame(attempt);
}
