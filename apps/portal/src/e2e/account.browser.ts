import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axe } from '../testing/axe.ts';
import { goTo, openPage, PHONE, signInAs } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';
import { addPasskeyDevice } from '../testing/passkey.ts';
import { codeFor, newPatient } from '../testing/patients.ts';

/** What the page sends, and where it goes. */
function watch(page: Page): { readonly sent: string[]; readonly addresses: string[] } {
  const seen = { sent: [] as string[], addresses: [] as string[] };
  page.on('request', (request) => {
    seen.addresses.push(request.url());
    seen.sent.push(request.postData() ?? '');
  });
  return seen;
}

const leave = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
};

test('default: from the desk to an account of one’s own: code, device, records, signed out and in again, once', async () => {
  const { family } = await newPatient('<img src=x onerror=alert(1)>');
  const desk = await signInAs('Owen Pryce', '/desk');
  await desk.page.getByLabel('Find a patient').fill(family);
  await desk.page.getByRole('button', { name: new RegExp(`Choose.*${family}`) }).click();
  await desk.page.getByRole('button', { name: 'Make a code' }).dblclick();
  const link = (await desk.page.getByTestId('link').textContent()) ?? '';
  expect(link).toMatch(/\/join#([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/);
  expect(await axe(desk.page)).toEqual([]);
  expect(desk.complaints).toEqual([]);

  const { pathname, hash } = new URL(link);
  const { page, complaints, strangers } = await openPage('/', { size: PHONE });
  const { sent, addresses } = watch(page);
  await addPasskeyDevice(page);
  await page.goto(pathname + hash);
  await page.getByRole('button', { name: 'Use this device' }).waitFor();
  expect(await axe(page)).toEqual([]);
  const clicks = await countClicks(page);
  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByRole('heading', { name: new RegExp(`Hello .*${family}`) }).waitFor();
  expect(await clicks()).toBe(1);
  expect(page.url()).not.toContain('#');
  await page.getByRole('link', { name: 'See my records' }).click();
  await page.getByText('131 g/L').first().waitFor();
  await leave(page);

  await goTo(page, '/sign-in');
  await page.getByRole('button', { name: 'Sign in with this device' }).click();
  await page.waitForURL('**/home');
  await page.getByText('131 g/L').first().waitFor();
  await goTo(page, '/account');
  await page.getByRole('heading', { name: 'Only you can open your account' }).waitFor();
  await page.getByRole('button', { name: /^Remove: / }).click();
  await page.getByRole('button', { name: 'Yes, remove it' }).click();
  await page.getByText('This is the only way into your account').waitFor();
  expect(await axe(page)).toEqual([]);

  // After a reload she reads on, and her device opens the account again.
  await page.reload();
  await page.getByRole('heading', { name: 'Your account is closed' }).waitFor();
  expect(await page.getByRole('button', { name: /^Remove: / }).count()).toBe(0);
  await page.getByRole('button', { name: 'Open my account' }).first().click();
  await page.getByRole('button', { name: /^Remove: / }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save my records' }).click();
  expect((await download).suggestedFilename()).toMatch(/^anamnesis-\d{4}-\d\d-\d\d\.json$/);
  await page.getByText('Ask for erasure').click();
  await page.getByRole('button', { name: 'Send the request' }).click();
  await page.getByText(/^Sent\. /).waitFor();

  // The device's output, the seed and the code reach nobody: not even the node, but the code that it gave itself.
  expect(sent.join('\n')).not.toMatch(/"prf"|"results"|"seed"/);
  expect(addresses.join('\n')).not.toContain(hash.slice(1));
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);

  await leave(page);
  await page.goto('/sign-in');
  await page.goto(pathname + hash);
  await page.getByText('This code does not work').waitFor();
  await desk.page.getByRole('button', { name: 'Next person' }).click();
  await desk.page.getByLabel('Find a patient').fill(family);
  await desk.page.getByRole('button', { name: new RegExp(`Choose.*${family}`) }).click();
  await desk.page.getByRole('button', { name: 'Make a code' }).click();
  await desk.page.getByText('has an account already').waitFor();
}, 120_000);

test('behavior: a prompt that nobody answers leaves the page as it was, and the next try makes the one account', async () => {
  const { family, id } = await newPatient('Ada');
  const code = await codeFor(id);
  const { page } = await openPage('/join', { size: { width: 320, height: 640 } });
  const device = await addPasskeyDevice(page);
  // The prompt ends soon, as if it were cancelled.
  for (const path of ['**/api/v1/accounts/options', '**/api/v1/accounts/sign-in/options']) {
    await page.route(path, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { options: object };
      await route.fulfill({ response, json: { ...body, options: { ...body.options, timeout: 2000 } } });
    });
  }
  await page.getByLabel('Your code').fill(code.toLowerCase().replaceAll('-', ' '));
  await page.keyboard.press('Enter');
  await device.setPresence(false);
  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByText('Nothing happened. You can try again.').waitFor();
  await page.getByRole('button', { name: 'Use this device' }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  await page.unrouteAll({ behavior: 'wait' });
  await device.setPresence(true);
  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByRole('heading', { name: `Hello Ada ${family}` }).waitFor();
  expect(await device.credentials()).toHaveLength(1);
}, 90_000);

test('default: a device that cannot lock: kept by the hospital, said plainly; then by oneself', async () => {
  const { family, id } = await newPatient('Bo');
  const code = await codeFor(id);
  const { page, complaints } = await openPage('/sign-in');
  await addPasskeyDevice(page, { prf: false });
  await page.goto(`/join#${code}`);
  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByRole('heading', { name: 'Kept for you by St. Aldhelm Hospital' }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('button', { name: 'Let St. Aldhelm Hospital keep it' }).click();
  await page.getByRole('heading', { name: `Hello Bo ${family}` }).waitFor();
  await leaveForSignIn(page);
  await page.getByRole('button', { name: 'Sign in with this device' }).click();
  await page.waitForURL('**/home');
  await goTo(page, '/account');
  await page.getByRole('heading', { name: 'Kept for you by St. Aldhelm Hospital' }).waitFor();

  // A passphrase of her own, then the hospital's key away; the device signs in, the passphrase opens.
  await page.getByText('Add a passphrase').click();
  await page.getByLabel('Passphrase', { exact: true }).fill('four quiet garden stones');
  await page.getByLabel('The same once more').fill('four quiet garden stones');
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await page.getByText('Your account number').waitFor();
  await page.getByRole('button', { name: 'Remove: Kept for you by St. Aldhelm Hospital' }).click();
  await page.getByRole('button', { name: 'Yes, remove it' }).click();
  await page.getByRole('heading', { name: 'Only you can open your account' }).waitFor();
  await page.getByRole('button', { name: 'Remove: A passphrase' }).click();
  await page.getByRole('button', { name: 'Yes, remove it' }).click();
  await page.getByText('This is the only way into your account').waitFor();
  await leaveForSignIn(page);
  await page.getByRole('button', { name: 'Sign in with this device' }).click();
  await page.getByText('Your device knows you').waitFor();
  await page.getByLabel('Passphrase', { exact: true }).fill('four quiet garden stones');
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.waitForURL('**/home');
  expect(complaints).toEqual([]);
}, 120_000);

/** Signs out and goes back to the sign-in. */
async function leaveForSignIn(page: Page): Promise<void> {
  await goTo(page, '/account');
  await page.getByRole('button', { name: 'Sign out of this device' }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
  await goTo(page, '/sign-in');
}

test('default: by passphrase alone, on another device too; a second device opens as well', async () => {
  const { family, id } = await newPatient('Cy');
  const { page } = await openPage(`/join#${await codeFor(id)}`);
  await page.getByRole('button', { name: 'Use a passphrase instead' }).click();
  await page.getByLabel('Passphrase', { exact: true }).fill('short');
  await page.getByLabel('The same once more').fill('short');
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await page.getByText('That is too short').waitFor();
  await page.getByLabel('Passphrase', { exact: true }).fill('nine green paper boats');
  await page.getByLabel('The same once more').fill('nine green paper boats');
  await page.getByRole('button', { name: 'Use this passphrase' }).click();
  await page.getByRole('heading', { name: `Hello Cy ${family}` }).waitFor();
  await page.getByRole('link', { name: 'To my account' }).click();
  const number = (await page.locator('p', { hasText: 'Your account number' }).locator('bdi').textContent()) ?? '';

  const other = await openPage('/sign-in');
  await addPasskeyDevice(other.page);
  await other.page.getByText('Sign in with a passphrase').click();
  await other.page.getByLabel('Account number').fill(number);
  await other.page.getByLabel('Passphrase', { exact: true }).fill('nine green paper boat');
  await other.page.getByRole('button', { name: 'Open my account' }).click();
  await other.page.getByText('That did not open an account here').waitFor();
  await other.page.getByLabel('Passphrase', { exact: true }).fill('nine green paper boats');
  await other.page.getByRole('button', { name: 'Open my account' }).click();
  await other.page.waitForURL('**/home');
  await goTo(other.page, '/account');
  await other.page.getByRole('button', { name: 'Add a device' }).click();
  await other.page.getByText('Added. It opens your account now.').waitFor();
  await leaveForSignIn(other.page);
  await other.page.getByRole('button', { name: 'Sign in with this device' }).click();
  await other.page.waitForURL('**/home');
}, 120_000);
