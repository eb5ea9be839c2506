import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axe } from '../testing/axe.ts';
import { ABROAD, openPage, PHONE } from '../testing/browser.ts';

/** Does the next act and waits until its line stands in the strip. */
async function next(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Next step' }).click();
  await page.getByRole('region', { name: 'The proof' }).getByRole('heading', { name: title }).waitFor();
}

test('default: the tour from start to end: each act is done by both hospitals and proved against the ledger', async () => {
  const { page, complaints, strangers } = await openPage('/tour', { size: PHONE });
  const phone = page.getByRole('region', { name: /Maria’s phone/ });
  const hospital = page.getByRole('region', { name: /Dr Silva’s screen/ });
  const newest = page.getByRole('region', { name: 'The proof' }).locator('ol > li').first();
  const links = (state: string) => newest.getByText(state, { exact: true }).count();
  await page.getByRole('heading', { name: 'Maria’s broken wrist in Lisbon' }).waitFor();

  await next(page, 'Maria shows her code');
  expect(await phone.locator('output').textContent()).toMatch(/^[0-9A-Z]{6}(-[0-9A-Z]{1,6})+$/);
  expect(await links('Holds')).toBe(4);
  await next(page, 'Dr Silva asks');
  await phone.getByText('Dr Inês Silva, Hospital da Luz Nova').waitFor();
  await next(page, 'Maria allows it');
  await newest.getByText('Asked: she has not taken it back').waitFor();
  await next(page, 'The records arrive');
  const counts = (await hospital.getByText(/^Records that came/).textContent())?.match(/\d+/g)?.map(Number) ?? [];
  expect(counts[0]).toBeGreaterThan(2);
  expect(counts[1]).toBe(counts[0]);
  await hospital.getByRole('row', { name: /Penicillin/ }).waitFor();
  expect(await links('Holds')).toBe(4);
  await next(page, 'Maria sees who looked');
  await phone.getByText('Dr Inês Silva').first().waitFor();
  await newest.getByText(/of who looked at/).waitFor();
  expect(await links('Does not hold')).toBe(0);
  expect(complaints).toEqual([]);
  await next(page, 'Maria stops it');
  await hospital.getByRole('heading', { name: 'Locked' }).waitFor();
  expect(await hospital.getByText('Penicillin').count()).toBe(0);
  await newest.getByText('Asked: she took it back, for all to see').waitFor();
  await next(page, 'Somebody changes a record');
  expect(await links('Does not hold')).toBe(4);
  expect(await hospital.locator('code').textContent()).toMatch(/^AllergyIntolerance\/[\w-]+\/_history\/\d+$/);
  await hospital.getByText(/No hospital’s data was touched/).waitFor();

  expect(await axe(page)).toEqual([]);
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  expect(strangers).toEqual([]);
  // That her screen locks is a refusal, and browsers note refusals.
  expect(complaints.filter((text) => !text.includes('403'))).toEqual([]);
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.getByRole('heading', { name: 'Ready when you are' }).waitFor();
}, 120_000);

test('behavior: from the other hospital’s page, by keyboard alone, it plays by itself and pauses', async () => {
  const { page } = await openPage('/tour', { at: ABROAD });
  const play = page.getByRole('button', { name: 'Play' });
  await play.focus();
  await page.keyboard.press('Enter');
  const status = page.getByRole('status');
  await status.getByRole('heading', { name: 'Dr Silva asks' }).waitFor();
  await page.getByRole('button', { name: 'Pause' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Go on' }).waitFor();
}, 60_000);

test('error: a node without demo people says so; one that does not answer offers to try again', async () => {
  const { page, context } = await openPage('/sign-in');
  await context.route('**/api/v1/sign-in', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), demo: [] } });
  });
  await page.goto('/tour');
  await page.getByText('The tour needs the demonstration').waitFor();
  await context.unrouteAll();
  await context.route('**/api/v1/**', (route) => route.abort());
  await page.goto('/tour');
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await context.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Play' }).waitFor();
}, 60_000);
