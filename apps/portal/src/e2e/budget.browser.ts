import { expect, test } from 'vitest';
import { HOME, openPage } from '../testing/browser.ts';

/** What somebody on a slow line waits for before the first page is there, in bytes over the wire: scripts, styles, words, the typeface, everything. */
const BUDGET = 200_000;

test('default: the first page loads less than 200 kB', async () => {
  const { page, context } = await openPage('/sign-in');
  // Else what that page still loads would be counted.
  await page.getByRole('button', { name: 'Sign in with this device' }).waitFor();
  await context.newCDPSession(page).then((devtools) => devtools.send('Network.clearBrowserCache'));
  const names = new Set<string>();
  page.on('requestfinished', (request) => void names.add(new URL(request.url()).pathname));
  await page.goto('/');
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  const loaded = await Promise.all([...names].map(async (name) => ({ name, size: await zippedSize(name) })));
  const list = loaded
    .toSorted((a, b) => b.size - a.size)
    .map(({ name, size }) => `${size} ${name}`)
    .join('\n');
  const total = loaded.reduce((sum, { size }) => sum + size, 0);
  expect(loaded.filter(({ name }) => /\.(js|css|woff2)$/.test(name)).length, list).toBeGreaterThan(3);
  expect(total, list).toBeLessThan(BUDGET);
  process.stdout.write(`first page: ${Math.round(total / 1000)} kB in ${loaded.length} files\n`);
}, 60_000);

/** What an address costs with gzip, which everybody has; most browsers get the smaller Brotli. */
async function zippedSize(name: string): Promise<number> {
  const accept = name.startsWith('/api/') ? 'application/json' : 'text/html,*/*';
  const answer = await fetch(HOME + name, { headers: { accept, 'accept-encoding': 'gzip' } });
  const body = await answer.arrayBuffer();
  return Number(answer.headers.get('content-length') ?? body.byteLength);
}
