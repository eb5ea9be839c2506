import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axe, axeEverywhere } from '../testing/axe.ts';
import { goTo, HOME, openPage, PHONE, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';
import { addPasskeyDevice } from '../testing/passkey.ts';
import { codeFor, type Joined, joined, newPatient } from '../testing/patients.ts';

/** Chooses helpers, by their codes; what is printed. */
async function guarded(page: Page, helpers: readonly { readonly name: string; readonly code: string }[]) {
  await goTo(page, '/account/helpers');
  for (const [at, { name, code }] of helpers.entries()) {
    const person = page.getByRole('group', { name: `Person ${at + 1}` });
    await person.getByLabel('Name', { exact: true }).fill(name);
    await person.getByLabel('Code of this person').fill(code);
  }
  await page.getByRole('button', { name: 'Choose and make the sheet' }).click();
  await page.getByRole('heading', { name: 'My way back in' }).waitFor();
  return (await page.getByTestId('sheet').getByRole('listitem').allTextContents()).join('-');
}

async function helperCode({ page }: Joined): Promise<string> {
  await goTo(page, '/account/helpers');
  await page.getByRole('button', { name: 'Show my code' }).click();
  return (await page.locator('main output[dir]').textContent()) ?? '';
}

/** A new device at the page of the desk's link. */
async function newDevice(code: string) {
  const opened = await openPage('/', { size: PHONE });
  const device = await addPasskeyDevice(opened.page);
  await opened.page.goto(`/recover#${code}`);
  return { ...opened, device };
}

const digitsOn = async (page: Page): Promise<string> =>
  (await page.getByLabel('Digits of this device').textContent()) ?? '';

test('default: phone lost: helpers, sheet, desk, a call, the wait, a new device; records back, the old phone worth nothing', async () => {
  const rosa = await joined('Rosa');
  const maria = await joined('Maria');
  const sheet = await guarded(maria.page, [{ name: 'My sister', code: await helperCode(rosa) }]);
  expect(sheet).toMatch(/^([0-9A-Z]{6}-)+[0-9A-Z]{1,6}$/);
  expect(await axe(maria.page)).toEqual([]);
  // On paper is the sheet and nothing else.
  await maria.page.emulateMedia({ media: 'print' });
  expect(await maria.page.getByRole('heading', { name: 'My way back in' }).isVisible()).toBe(true);
  expect(await maria.page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
  await maria.page.emulateMedia({ media: 'screen' });
  await maria.page.getByRole('button', { name: 'I have it on paper' }).click();
  await maria.page.getByText('My sister').waitFor();
  expect(await axeEverywhere(maria.page)).toEqual([]);
  expect(maria.complaints).toEqual([]);

  const desk = await signInAs('Owen Pryce', '/desk');
  await desk.page.getByLabel('Find a patient').fill(maria.family);
  await desk.page.getByRole('button', { name: new RegExp(`Choose.*${maria.family}`) }).click();
  await desk.page.getByRole('button', { name: 'get the account back' }).click();
  const link = (await desk.page.getByTestId('link').textContent()) ?? '';
  expect(link).toMatch(/\/recover#([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/);
  expect(await axe(desk.page)).toEqual([]);

  const { page, complaints, strangers } = await newDevice(new URL(link).hash.slice(1));
  const sent: string[] = [];
  page.on('request', (request) => void sent.push(request.postData() ?? ''));
  const heard = await digitsOn(page);
  expect(heard).toMatch(/^\d{3} \d{3}$/);
  expect(page.url()).not.toContain('#');
  expect(await axeEverywhere(page)).toEqual([]);
  // A reload in the middle: the same device goes on.
  await page.reload();
  expect(await digitsOn(page)).toBe(heard);

  await goTo(rosa.page, '/home');
  await rosa.page.getByRole('link', { name: 'See who it is' }).click();
  const asked = rosa.page.getByRole('region', { name: `Maria ${maria.family}` });
  await asked.getByLabel('The six digits that you hear').fill('000 000');
  await asked.getByRole('button', { name: 'I agree' }).click();
  await asked.getByText('These are not the digits of the new device').waitFor();
  expect(await axe(rosa.page)).toEqual([]);
  await asked.getByLabel('The six digits that you hear').fill(heard);
  await asked.getByRole('button', { name: 'I agree' }).click();
  await asked.getByText('You have agreed').waitFor();
  expect(rosa.complaints).toEqual([]);

  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByRole('heading', { name: `Welcome back Maria ${maria.family}` }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('link', { name: 'See my records' }).click();
  await page.getByText('131 g/L').first().waitFor();
  // Until the node has seen the new key on the ledger, it refuses it: the page asks again, and the browser writes that down.
  expect(complaints.filter((one) => !/status of 401/.test(one))).toEqual([]);
  expect(strangers).toEqual([]);
  expect(sent.filter((body) => /privateKey|"seed"|"prf"|"results"/.test(body))).toEqual([]);

  // The old phone, should somebody find it, opens nothing; the new one does.
  await goTo(maria.page, '/account');
  await maria.page.getByRole('button', { name: 'Sign out of this device' }).click();
  await goTo(maria.page, '/sign-in');
  await maria.page.getByRole('button', { name: 'Sign in with this device' }).click();
  await maria.page.getByText('That did not open an account here').waitFor();
  await goTo(page, '/account');
  await page.getByRole('button', { name: 'Sign out of this device' }).click();
  await goTo(page, '/sign-in');
  await page.getByRole('button', { name: 'Sign in with this device' }).click();
  await page.getByText('131 g/L').first().waitFor();
}, 180_000);

test('behavior: she who has her phone after all ends it in one tap; the device is told, and may begin again', async () => {
  const maria = await joined('Marta');
  await guarded(maria.page, []);
  const { page } = await newDevice(await codeFor(maria.patient, 'recovery-codes'));
  await digitsOn(page);
  await goTo(maria.page, '/home');
  await maria.page.getByRole('heading', { name: 'Somebody is getting into your account' }).waitFor();
  expect(await axeEverywhere(maria.page)).toEqual([]);
  const clicks = await countClicks(maria.page);
  await maria.page.getByRole('button', { name: 'It is not me: stop it' }).click();
  await maria.page
    .getByRole('heading', { name: 'Somebody is getting into your account' })
    .waitFor({ state: 'detached' });
  expect(await clicks()).toBe(1);
  await page.getByText('This was stopped. Nothing was changed.').waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('button', { name: 'Begin again' }).click();
  await page.getByLabel('Your code').waitFor();
  // Her own device opens her account as before.
  await goTo(maria.page, '/account');
  await maria.page.getByRole('button', { name: 'Sign out of this device' }).click();
  await goTo(maria.page, '/sign-in');
  await maria.page.getByRole('button', { name: 'Sign in with this device' }).click();
  await maria.page.getByText('131 g/L').first().waitFor();
}, 120_000);

test('error: a wrong code, a slip in the sheet, the sheet of before, a prompt that nobody answers; two tabs are one device', async () => {
  const maria = await joined('Mina');
  const old = await guarded(maria.page, []);
  await maria.page.getByRole('button', { name: 'I have it on paper' }).click();
  await maria.page.getByRole('button', { name: 'Choose anew' }).click();
  const sheet = await guarded(maria.page, []);
  const code = await codeFor(maria.patient, 'recovery-codes');

  const { page, context, device } = await newDevice('ABCD-EFGH-JKMN-PQRS');
  await page.getByText('This code does not work').waitFor();
  await page.getByLabel('Your code').fill(code.toLowerCase().replaceAll('-', ' '));
  await page.keyboard.press('Enter');
  const heard = await digitsOn(page);
  const second = await context.newPage();
  await second.goto('/recover');
  expect(await digitsOn(second)).toBe(heard);

  const type = async (text: string): Promise<void> => {
    if (!(await page.getByLabel('The code of your sheet').isVisible()))
      await page.getByText('I have the printed sheet').click();
    await page.getByLabel('The code of your sheet').fill(text);
    await page.getByRole('button', { name: 'Use this sheet' }).click();
  };
  await type(sheet.replace(/.$/, (last) => (last === '0' ? '8' : '0')));
  await page.getByText('There is a mistake in it').waitFor();
  await type(old);
  await page.getByText('This sheet does not fit').waitFor();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('button', { name: 'Type it again' }).click();
  await type(sheet.toLowerCase().replaceAll('-', ' '));

  // The prompt ends soon, as if it were cancelled: the same screen, and the next try gives the one account back.
  for (const path of ['**/api/v1/recoveries/mine/options', '**/api/v1/accounts/sign-in/options']) {
    await page.route(path, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { options: object };
      await route.fulfill({ response, json: { ...body, options: { ...body.options, timeout: 2000 } } });
    });
  }
  await page.getByRole('button', { name: 'Use this device' }).waitFor();
  await device.setPresence(false);
  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByText('Nothing happened. You can try again.').waitFor();
  await page.unrouteAll({ behavior: 'wait' });
  await device.setPresence(true);
  await page.getByRole('button', { name: 'Use this device' }).dblclick();
  await page.getByRole('heading', { name: `Welcome back Mina ${maria.family}` }).waitFor();
  expect(await device.credentials()).toHaveLength(1);
  await second.getByText('Your account is back').waitFor();
}, 180_000);

test('default: after a recovery the key at another place is still the old one: that is said, and one button changes it, also when its answer is lost', async () => {
  const maria = await joined('Mila');
  const there = await newPatient('Mila', 'luz-nova');
  await goTo(maria.page, '/account/places');
  await maria.page.getByText('Add another place').click();
  await maria.page.getByLabel('Where', { exact: true }).selectOption({ label: 'Hospital da Luz Nova' });
  await maria.page.getByLabel('Code from there').fill(await codeFor(there.id, 'enrolments', 'luz-nova'));
  await maria.page.getByRole('button', { name: 'Add', exact: true }).click();
  await maria.page.getByText('Added. Its records are among yours now.').waitFor();
  const sheet = await guarded(maria.page, []);

  const { page } = await newDevice(await codeFor(maria.patient, 'recovery-codes'));
  await digitsOn(page);
  await page.getByText('I have the printed sheet').click();
  await page.getByLabel('The code of your sheet').fill(sheet);
  await page.getByRole('button', { name: 'Use this sheet' }).click();
  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByRole('heading', { name: 'One thing is left to do' }).waitFor({ timeout: 60_000 });
  expect(await axe(page)).toEqual([]);
  await page.getByRole('link', { name: 'To the places' }).click();
  // The answer is lost once it was taken; pressed again, it goes on where it stopped.
  await page.route('**/api/v1/subjects/rotations', async (route) => {
    await route.fetch();
    await route.abort();
  });
  const change = page.getByRole('button', { name: 'Change the key at Hospital da Luz Nova' });
  await change.click();
  await page.getByText('We could not reach the hospital. Nothing is lost. Try again.').waitFor();
  expect(await axe(page)).toEqual([]);
  await page.unrouteAll({ behavior: 'wait' });
  await change.dblclick();
  await page.getByText('Since you got your account back').waitFor({ state: 'detached', timeout: 60_000 });
  await page.getByRole('list', { name: 'Records elsewhere' }).getByText('Hospital da Luz Nova').waitFor();
  await goTo(page, '/records');
  await expect
    .poll(
      async () => {
        const again = page.getByRole('button', { name: 'Try again' });
        if (await again.isVisible()) await again.click();
        return page.getByRole('link', { name: 'Haemoglobin' }).count();
      },
      { timeout: 30_000 },
    )
    .toBe(2);
}, 180_000);

test('default: after a recovery the lost devices still have the key of a child: that is said, one button changes it, and from then on they read nothing of the child', async () => {
  const maria = await joined('Nora');
  const child = await newPatient('Kit');
  const kit = `Kit ${child.family}`;
  await goTo(maria.page, '/family');
  await maria.page.getByText('Add a child or a person you care for').click();
  await maria.page.getByLabel('Code for this person').fill(await codeFor(child.id));
  await maria.page.getByRole('button', { name: 'Add', exact: true }).click();
  await maria.page.getByText('Added. You can switch').waitFor();
  const sheet = await guarded(maria.page, []);
  // Whoever finds the phone looks at the child.
  await goTo(maria.page, '/family');
  const read = maria.page.waitForRequest((request) => new URL(request.url()).pathname.startsWith('/fhir/'));
  await maria.page.getByRole('button', { name: `Switch to ${kit}` }).click();
  await maria.page.getByText('131 g/L').first().waitFor();
  const authorization = (await (await read).allHeaders()).authorization ?? '';
  expect(authorization).toMatch(/^Bearer /);
  const record = `${HOME}/fhir/R4/Patient/${child.id}`;
  const thief = async (): Promise<number> => (await fetch(record, { headers: { authorization } })).status;

  const { page } = await newDevice(await codeFor(maria.patient, 'recovery-codes'));
  await digitsOn(page);
  await page.getByText('I have the printed sheet').click();
  await page.getByLabel('The code of your sheet').fill(sheet);
  await page.getByRole('button', { name: 'Use this sheet' }).click();
  await page.getByRole('button', { name: 'Use this device' }).click();
  await page.getByText(`For ${kit} too the key of your lost devices still counts.`).waitFor({ timeout: 60_000 });
  expect(await axe(page)).toEqual([]);
  expect(await thief()).toBe(200);
  await page.getByRole('link', { name: 'To your family' }).click();
  const change = page.getByRole('button', { name: `Change the key for ${kit} at St. Aldhelm` });
  await change.waitFor();
  expect(await axe(page)).toEqual([]);
  await change.dblclick();
  await change.waitFor({ state: 'detached', timeout: 60_000 });
  await expect.poll(thief, { timeout: 30_000 }).toBe(401);
  // The new device looks after the child with the new key, and decides with it.
  await expect
    .poll(
      async () => {
        if (new URL(page.url()).pathname === '/family')
          await page.getByRole('button', { name: `Switch to ${kit}` }).click();
        return page.getByRole('heading', { name: `Records of ${kit}` }).isVisible();
      },
      { timeout: 30_000, interval: 1_000 },
    )
    .toBe(true);
  await page.getByText('131 g/L').first().waitFor();
}, 180_000);

test('error: a code that has grown too old says so, and what to do', async () => {
  const maria = await joined('Tilda');
  await guarded(maria.page, []);
  const code = await codeFor(maria.patient, 'recovery-codes');
  const first = await codeFor((await newPatient('Tilly')).id);
  const body = JSON.stringify({ node: 'st-aldhelm' });
  expect((await fetch(`${stage.control}/codes/expire`, { method: 'POST', body })).status).toBe(204);
  const { page } = await newDevice(code);
  await page.getByText('This code does not work. It was used on another device, is older than one day').waitFor();
  await page.goto(`/join#${first}`);
  await page.getByText('This code does not work. It was used already, is older than three days').waitFor();
  expect(await axe(page)).toEqual([]);
});
