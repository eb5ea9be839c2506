import {
  type AccessRequest,
  bearer,
  connect,
  create,
  getAccessLog,
  getRequest,
  readShareCode,
  requestAccess,
} from '@anamnesis/sdk';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ABROAD, goTo, HOME, openPage, PHONE, signInAs, stage } from '../testing/browser.ts';
import { addPasskeyDevice } from '../testing/passkey.ts';
import { codeFor, joined, newPatient } from '../testing/patients.ts';

/* What people, lines and other systems do wrong: names of every script, huge and hostile records, lines that break in the middle, prompts that nobody answers. */

const doctor = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.clinician ?? '') });
const silva = connect({ baseUrl: ABROAD, credentials: bearer(stage.tokens['luz-nova']?.clinician ?? '') });

/** Has the hospital in Lisbon ask the patient whose page this is. */
async function asked(page: Page, note: string): Promise<AccessRequest> {
  await goTo(page, '/sharing');
  await page.getByRole('button', { name: 'Show my code' }).click();
  const code = readShareCode((await page.locator('main output[dir]').textContent()) ?? '');
  return requestAccess(silva, { ...code, categories: ['allergies'], preset: 'visit', note });
}

const stateOf = async ({ id }: AccessRequest): Promise<string> => (await getRequest(silva, { id })).state;
const cardOf = (page: Page, note: string) =>
  page.getByRole('region', { name: /^Request from/ }).filter({ hasText: note });

/** Makes prompts end soon, as if they were cancelled. */
async function impatient(page: Page, ...paths: string[]): Promise<void> {
  for (const path of paths) {
    await page.route(path, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { options: object };
      await route.fulfill({ response, json: { ...body, options: { ...body.options, timeout: 1500 } } });
    });
  }
}

test('error: a note of a megabyte, markup in its narrative, and one long word are shown whole as text, at 320 pixels too', async () => {
  const { page, patient, complaints } = await joined('Lorem');
  const words = 'Slept badly and ate little. '.repeat(37_000);
  const { id } = await create(doctor, {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'W'.repeat(400) },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-11-02T10:00:00Z',
    valueString: '<svg onload="window.hit=1">',
    note: [{ text: words }],
    text: {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><a href="https://evil.example/">Open</a></div>',
    },
  });
  await page.setViewportSize({ width: 320, height: 640 });
  await goTo(page, '/records');
  await page.getByRole('link', { name: 'WWWW' }).click();
  await page.getByRole('heading', { name: 'WWWW', level: 1 }).waitFor();
  const shown = await page.locator('main dd').filter({ hasText: 'Slept badly' }).textContent();
  expect(shown?.trim().length).toBe(words.trim().length);
  expect(await page.evaluate(() => [document.documentElement.scrollWidth, 'hit' in window])).toEqual([320, false]);
  expect(await page.locator('main a[href^="https://evil"]').count()).toBe(0);
  expect(page.url()).toContain(`/records/Observation/${id}`);
  // The page still answers.
  await page.getByRole('button', { name: 'Proof' }).click();
  await page.getByText('This record is exactly what was written.').waitFor();
  expect(complaints).toEqual([]);
}, 90_000);

test('behavior: a note that is too long for its field is cut where it is typed, and what was typed is what is kept', async () => {
  const { id } = await newPatient('Longa');
  const { page } = await signInAs('Dr Thomas Okafor', `/p/${id}/encounter`);
  const note = page.getByRole('textbox', { name: 'Note' });
  await note.evaluate((field, text) => {
    (field as HTMLTextAreaElement).focus();
    document.execCommand('insertText', false, text);
  }, 'long '.repeat(210_000));
  const kept = await note.inputValue();
  expect(kept.length).toBe(20_000);
  await page.getByRole('button', { name: 'Finish visit' }).click();
  await page.getByText('Visit note', { exact: true }).waitFor({ timeout: 20_000 });
});

test('behavior: names that run right to left, and names that try to turn the line round, stand in their own place', async () => {
  const name = 'ليلى\u202Egnp.exe\u2066';
  const { page, family } = await joined(name);
  await page.getByRole('heading', { name: new RegExp(family) }).waitFor();
  await goTo(page, '/account');
  const bdi = page.locator('main bdi').filter({ hasText: family }).first();
  expect(await bdi.evaluate((element) => getComputedStyle(element).unicodeBidi)).toBe('isolate');
  const desk = await signInAs('Owen Pryce', '/desk', { language: 'ar' });
  expect(await desk.page.evaluate(() => document.documentElement.dir)).toBe('rtl');
  await desk.page.getByRole('searchbox').fill(family);
  const choose = desk.page.getByRole('button', { name: new RegExp(family) });
  await choose.waitFor();
  expect(await desk.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  expect(desk.complaints).toEqual([]);
}, 60_000);

test('error: a line that breaks in the middle of an approval: said, pressed again, it is one consent', async () => {
  const { page } = await joined('Linea');
  const request = await asked(page, 'Broken line');
  const card = cardOf(page, 'Broken line');
  await card.waitFor();
  await page.route(`**/api/v1/requests/${request.id}/answer`, async (route) => {
    await route.fetch();
    await route.abort();
  });
  // What waits is asked for again only when the test lets it, so that the card stays to be pressed.
  await page.route('**/api/v1/requests', (route) => route.abort());
  await card.getByRole('button', { name: 'Allow' }).click();
  await card.getByRole('alert').waitFor();
  await expect.poll(() => stateOf(request), { timeout: 15_000 }).toBe('granted');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  const again = card.getByRole('button', { name: 'Allow' });
  if (await again.isVisible()) await again.click({ timeout: 2_000 }).catch(() => {});
  await card.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Stop Hospital da Luz Nova' }).waitFor();
  expect(await page.getByRole('button', { name: 'Stop Hospital da Luz Nova' }).count()).toBe(1);
}, 60_000);

test('behavior: two windows answer one request at the same moment, one yes and one no: one answer counts, the other is told', async () => {
  const first = await signInAs('Devika', '/sharing', { size: PHONE });
  const second = await signInAs('Devika', '/sharing', { size: PHONE });
  const request = await asked(first.page, 'Two windows');
  const [one, two] = [cardOf(first.page, 'Two windows'), cardOf(second.page, 'Two windows')];
  await Promise.all([one.waitFor(), two.waitFor()]);
  await Promise.all([
    one.getByRole('button', { name: 'Allow' }).dblclick(),
    two.getByRole('button', { name: 'Refuse' }).click(),
  ]);
  await expect.poll(() => stateOf(request), { timeout: 15_000 }).toMatch(/^(granted|denied)$/);
  const state = await stateOf(request);
  await Promise.all([one.waitFor({ state: 'detached' }), two.waitFor({ state: 'detached' })]);
  await first.page.reload();
  await first.page.getByRole('heading', { name: 'Sharing' }).waitFor();
  expect(await stateOf(request)).toBe(state);
}, 60_000);

test('error: prompts that nobody answers leave every page that prompts as it was: signing in, opening the account, adding a device', async () => {
  const { page, device } = await joined('Pronta');
  await impatient(page, '**/api/v1/accounts/sign-in/options', '**/api/v1/accounts/me/locks/options');
  await goTo(page, '/account');
  await device.setPresence(false);
  await page.getByRole('button', { name: 'Add a device' }).click();
  await page.getByText(/Nothing happened|opens your account already/).waitFor();
  expect(await page.getByRole('button', { name: /^Remove: / }).count()).toBe(1);

  await page.reload();
  await page.getByRole('heading', { name: 'Your account is closed' }).waitFor();
  await page.getByRole('button', { name: 'Open my account' }).first().click();
  await page.getByText('Nothing happened. You can try again.').waitFor();
  await page.getByRole('heading', { name: 'Your account is closed' }).waitFor();

  await page.getByRole('button', { name: 'Sign out of this device' }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
  await goTo(page, '/sign-in');
  await page.getByRole('button', { name: 'Sign in with this device' }).click();
  await page.getByText('Nothing happened. You can try again.').waitFor();
  expect(page.url()).toContain('/sign-in');
  await page.unrouteAll({ behavior: 'wait' });
  await device.setPresence(true);
  await page.getByRole('button', { name: 'Sign in with this device' }).dblclick();
  await page.waitForURL('**/home');
  expect(await device.credentials()).toHaveLength(1);
}, 90_000);

test('error: a prompt that nobody answers at the sign-in of staff leaves the same screen and no session; the next try is one sign-in', async () => {
  const operator = (path: string, body: object = {}): Promise<Response> =>
    fetch(`${HOME}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.tokens['st-aldhelm']?.operator}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const fhirUser = 'Practitioner/impatient';
  const made = await operator('/api/v1/users', { name: 'Dr Ida Prompt', fhirUser });
  const { id } = (await made.json()) as { id: string };
  const invited = await operator(`/api/v1/users/${id}/invitations`);
  const { code, address } = (await invited.json()) as { code: string; address: string };
  const { page } = await openPage('/');
  const device = await addPasskeyDevice(page);
  await page.goto(address);
  await page.getByLabel('Code of your invitation').fill(code);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await page.getByText('From now on you sign in with it.').waitFor();

  const auditor = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.auditor ?? '') });
  const logins = async (): Promise<number> => {
    const { entries } = await getAccessLog(auditor, { count: 200 });
    const texts = entries.map(({ event }) => JSON.stringify(event));
    return texts.filter((text) => text.includes(fhirUser) && text.includes('"login"')).length;
  };
  await impatient(page, '**/api/v1/sign-in/passkey/options');
  const answers: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'POST' && !pathname.endsWith('/options')) answers.push(pathname);
  });
  await page.goto('/sign-in?to=%2Fpatients');
  await device.setPresence(false);
  const button = page.getByRole('button', { name: 'Sign in as staff' });
  for (let attempt = 0; attempt < 2; attempt++) {
    await button.click();
    await page.getByText('Nothing happened. You can try again.').waitFor({ state: 'detached' });
    await page.getByText('Nothing happened. You can try again.').waitFor();
    await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/sign-in?to=%2Fpatients');
    expect(await button.isEnabled()).toBe(true);
  }
  expect(answers).toEqual([]);
  expect(await logins()).toBe(0);
  await page.unrouteAll({ behavior: 'wait' });
  await device.setPresence(true);
  // The second click comes before the page has drawn anything of the first.
  await button.evaluate((element) => {
    for (let click = 0; click < 2; click++) (element as HTMLButtonElement).click();
  });
  await page.waitForURL('**/patients');
  await page.getByText('Dr Ida Prompt').first().waitFor();
  expect(answers.filter((path) => path === '/api/v1/sign-in/passkey')).toHaveLength(1);
  expect(await logins()).toBe(1);
  expect(await device.credentials()).toHaveLength(1);
}, 90_000);

test('behavior: one code opened in two windows makes one account', async () => {
  const { family, id } = await newPatient('Dua');
  const code = await codeFor(id);
  const { page, context } = await openPage('/');
  const device = await addPasskeyDevice(page);
  await page.goto(`/join#${code}`);
  const other = await context.newPage();
  await addPasskeyDevice(other);
  await other.goto(`/join#${code}`);
  await other.getByRole('button', { name: 'Use this device' }).waitFor();
  await page.getByRole('button', { name: 'Use this device' }).dblclick();
  await page.getByRole('heading', { name: `Hello Dua ${family}` }).waitFor();
  await other.getByRole('button', { name: 'Use this device' }).click();
  await other.getByText('This code does not work. It was used already').waitFor();
  expect(await device.credentials()).toHaveLength(1);
  await goTo(page, '/records');
  await page.getByText('131 g/L').first().waitFor();
}, 60_000);
