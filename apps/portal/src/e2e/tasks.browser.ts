import { text as textOf } from 'node:stream/consumers';
import { bearer, connect, create, getHealth } from '@anamnesis/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { HOME, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';

/* What a role comes for most, each within its budget of clicks from that role's first page; typing is not counted. Tasks that a file of their own shows (clinician,
 * emergency, operator) are not repeated here. */

test('default: an auditor verifies both logs in one click, has one access proved in two, and sees emergencies alone in two', async () => {
  const { page, complaints } = await signInAs('Hannah Adeyemi');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const clicks = await countClicks(page);
  await page.locator('[data-check-node]').click();
  await page.locator('[data-verdict] h2').waitFor({ timeout: 60_000 });
  expect(await clicks()).toBe(1);

  let before = await clicks();
  await page.getByRole('link', { name: 'Access log' }).click();
  await page
    .getByRole('link', { name: /^Proof of entry/ })
    .first()
    .click();
  await page.locator('[data-verdict]').waitFor({ timeout: 30_000 });
  expect((await clicks()) - before).toBe(2);

  before = await clicks();
  await page.getByRole('link', { name: 'Access log' }).click();
  await page.getByRole('checkbox', { name: 'Only emergencies' }).click();
  await expect.poll(() => page.locator('main li:not([data-emergency="true"])').count()).toBe(0);
  expect((await clicks()) - before).toBe(2);

  before = await clicks();
  await page.getByRole('link', { name: 'Emergency reviews' }).click();
  await page.getByRole('heading', { name: /waits? for a review$/ }).waitFor();
  expect((await clicks()) - before).toBe(1);
  expect(complaints).toEqual([]);
}, 120_000);

test('default: an auditor has the signed report of a period in two clicks; the file verifies by itself, and not when a line of it is taken out', async () => {
  const { page, complaints } = await signInAs('Hannah Adeyemi');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const clicks = await countClicks(page);
  await page.getByRole('link', { name: 'Reports' }).click();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Make and save' }).click();
  const text = await textOf(await (await saving).createReadStream());
  await page.locator('[data-verdict=holds]').waitFor({ timeout: 60_000 });
  expect(await clicks()).toBe(2);
  const report = JSON.parse(text) as { entries: object[]; patient?: string };
  expect(report.entries.length).toBeGreaterThan(2);

  await page.getByRole('link', { name: 'Check a file' }).click();
  const drop = async (content: string): Promise<void> =>
    page.locator('input[type=file]').setInputFiles({
      name: 'report.json',
      mimeType: 'application/json',
      buffer: Buffer.from(content),
    });
  await drop(text);
  await page.getByText('Every access of this period is in this file').waitFor({ timeout: 60_000 });
  await drop(JSON.stringify({ ...report, entries: report.entries.filter((_, at) => at !== 1) }));
  await page.locator('[data-verdict=broken]').waitFor({ timeout: 60_000 });
  await page.getByText('It is in the log and not in the file.').waitFor();
  await page.getByText('The file was changed after it was signed.').waitFor();
  expect(complaints).toEqual([]);
}, 180_000);

test('default: an operator sees the parts, the runway of fees and the queue without a click, others and the emergencies in one', async () => {
  const { page, complaints } = await signInAs('Grace Lindqvist');
  await page.locator('main [role=status][data-condition]').waitFor();
  const clicks = await countClicks(page);
  await page.getByText('Sealing costs nothing on this ledger.').waitFor();
  expect(await page.getByRole('main').getByRole('heading', { level: 2 }).count()).toBeGreaterThan(5);
  expect(await clicks()).toBe(0);
  await page.getByRole('navigation').getByRole('link', { name: 'Other organisations' }).click();
  await page.getByText('Hospital da Luz Nova').first().waitFor();
  expect(await clicks()).toBe(1);
  await page.getByRole('link', { name: 'Emergency reviews' }).click();
  await page.getByRole('heading', { name: /waits? for a review$/ }).waitFor();
  expect(await clicks()).toBe(2);
  expect(complaints).toEqual([]);
});

test('default: an operator renews the key that seals in one click; its new end stands there when the ledger has it', async () => {
  const operator = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.operator ?? '') });
  const untilOf = async () => (await getHealth(operator)).keys.find(({ name }) => name === 'operator')?.until ?? 0;
  const before = await untilOf();
  const { page, complaints } = await signInAs('Grace Lindqvist');
  const part = page.getByRole('region', { name: 'Keys' });
  const button = part.getByRole('button', { name: 'Renew sealing for three years' });
  await button.waitFor();
  const clicks = await countClicks(page);
  await button.click();
  await part.getByText('Asked for.').waitFor();
  expect(await clicks()).toBe(1);
  await expect.poll(untilOf, { timeout: 30_000 }).toBeGreaterThan(before);
  expect(complaints).toEqual([]);
}, 90_000);

test('default: an operator has a message that waits tried again in one click, and sees when nothing waits any more', async () => {
  const act = async (path: string): Promise<void> => {
    const body = JSON.stringify({ node: 'st-aldhelm' });
    expect((await fetch(stage.control + path, { method: 'POST', body })).status).toBe(204);
  };
  await act('/job');
  onTestFinished(() => act('/job/end'));
  const { page, complaints } = await signInAs('Grace Lindqvist');
  const part = page.getByRole('region', { name: 'Messages to others' });
  await part.getByText('1 wait for their next try.').waitFor();
  const clicks = await countClicks(page);
  const tried = page.waitForResponse((response) => response.url().endsWith('/health/retry'));
  await part.getByRole('button', { name: 'Try now' }).click();
  expect((await tried).status()).toBe(204);
  await part.getByRole('button', { name: 'Tried. Again?' }).waitFor();
  expect(await clicks()).toBe(1);
  await act('/job/end');
  await part.getByText('Nothing waits.').waitFor({ timeout: 30_000 });
  expect(complaints).toEqual([]);
});

test('default: at the desk somebody is found without a click and has a code in two; the next person is one away', async () => {
  const family = 'Budgetworth';
  const desk = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.registrar ?? '') });
  await create(desk, { resourceType: 'Patient', name: [{ family, given: ['Ada'] }], birthDate: '1980-02-03' });
  const { page, complaints } = await signInAs('Owen Pryce');
  const search = page.getByRole('searchbox', { name: 'Find a patient' });
  await search.waitFor();
  const clicks = await countClicks(page);
  await search.focus();
  await page.keyboard.type(family);
  const choose = page.getByRole('button', { name: `Choose Ada ${family}` });
  await choose.waitFor();
  expect(await clicks()).toBe(0);
  await choose.click();
  await page.getByRole('button', { name: 'Make a code' }).click();
  await page.getByTestId('link').waitFor();
  expect(await clicks()).toBe(2);
  await page.getByRole('button', { name: 'Next person' }).click();
  await search.waitFor();
  expect(await clicks()).toBe(3);
  expect(complaints).toEqual([]);
});
