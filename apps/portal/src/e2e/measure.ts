import { cpus, loadavg } from 'node:os';
import { test } from 'vitest';
import { DESKTOP, goTo, HOME, openPage, PHONE } from '../testing/browser.ts';
import { DEVTOOLS_3G, FAST_3G, type FirstPage, measureFirstPage, NEAR } from '../testing/firstPage.ts';
import { scrollThrough } from '../testing/frames.ts';
import { writeHistory } from '../testing/history.ts';
import { joined } from '../testing/patients.ts';
import { settled } from '../testing/settled.ts';

/** `npm run bench:portal`: how quick the first page and a long record are. It prints, and judges nothing; docs/portal.md has the bounds and what was seen. */
const RUNS = 5;
const SLOWER = 4;
/** 10,000 records. */
const VISITS = 3400;
const RESULTS = 2;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const load = (): string => `load ${(loadavg()[0] ?? 0).toFixed(1)} on ${cpus().length} cores`;

test('first page', async () => {
  // The node packs its files when they are first asked for.
  await openPage('/');
  for (const line of [FAST_3G, DEVTOOLS_3G, NEAR]) {
    const runs: FirstPage[] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await measureFirstPage(line, SLOWER));
    const of = (key: keyof FirstPage): string => {
      const sorted = runs.map((run) => run[key]).sort((a, b) => a - b);
      return `${key} ${Math.round(sorted[Math.floor(RUNS / 2)] ?? 0)} (${Math.round(sorted[0] ?? 0)}–${Math.round(sorted.at(-1) ?? 0)})`;
    };
    say(
      `first page of ${new URL(HOME).host}, ${line.name}, processor ${SLOWER} times slower, ${RUNS} runs, median (range), ${load()}:`,
    );
    say(`  ${(['painted', 'largest', 'interactive', 'bytes', 'requests'] as const).map(of).join(', ')}`);
  }
});

test('10,000 records', async () => {
  const { page, patient } = await joined('Longa');
  await writeHistory(patient, VISITS, RESULTS);
  for (const [name, size] of Object.entries({ phone: PHONE, desk: DESKTOP })) {
    await page.setViewportSize(size);
    await goTo(page, '/home');
    await settled(page);
    const began = performance.now();
    await goTo(page, '/records');
    await page.locator('main ol > li').first().waitFor();
    await settled(page);
    const opened = performance.now() - began;
    const seen = await scrollThrough(page, 500);
    say(`${VISITS * (RESULTS + 1)} records, ${name}: opened in ${Math.round(opened)} ms; ${load()}`);
    say(
      `  ${Object.entries(seen)
        .map(([key, value]) => `${key} ${Math.round(value * 10) / 10}`)
        .join(', ')}`,
    );
  }
});
