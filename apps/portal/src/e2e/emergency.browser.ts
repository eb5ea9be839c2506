import {
  connect,
  createClient,
  formatShareCode,
  getSignIn,
  openAccount,
  signInDemo,
  subjectAccount,
} from '@anamnesis/sdk';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axe, axeEverywhere } from '../testing/axe.ts';
import { ABROAD, HOME, PHONE, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';

const BOARD = stage.nodes['civic-ethics']?.url ?? '';
const WORDS = 'Hit by a tram <img src=x onerror="window.hit=1">, cannot speak';

/** The code that is on a patient's telephone. */
async function codeOf(name: string): Promise<string> {
  const line = connect({ baseUrl: HOME });
  const { ledger, organization, demo } = await getSignIn(line);
  const answer = await signInDemo(line, { id: demo.find((one) => one.name === name)?.id ?? '' });
  if (!('account' in answer)) throw new Error(`${name} is no patient`);
  const { seed } = await openAccount(answer);
  const { address } = subjectAccount(seed, { chainId: ledger.chainId, organization: organization.id });
  return formatShareCode({ custodian: organization.id, subject: address });
}

/** Tokens of staff by node and role, as programs hold them. */
const staff = (node: string, role: string) =>
  createClient({ baseUrl: stage.nodes[node]?.url ?? '', token: stage.tokens[node]?.[role] ?? '' });

/** Answers the page as somebody in a hurry does, from the reason on. */
async function declare(page: Page, words = WORDS): Promise<void> {
  await page.getByRole('radio', { name: 'The patient cannot answer' }).click();
  await page.getByRole('textbox', { name: 'What happened' }).fill(words);
  await page.getByRole('button', { name: 'Open the records now' }).click();
}

const idIn = (page: Page): string => new URL(page.url()).pathname.split('/').at(-1) ?? '';

test('default: opened by her code in three clicks, what keeps her alive first, the rest by a second act; she is told at once, a board reviews it in two clicks, and she is told again', async () => {
  const { page, complaints, strangers } = await signInAs('Dr Inês Silva', undefined, { at: ABROAD });
  await page.getByRole('heading', { name: 'Patients', level: 1 }).waitFor();
  const code = await codeOf('Devika Vanmali');
  const clicks = await countClicks(page);
  await page.getByRole('main').getByRole('link', { name: 'Emergency access' }).click();
  await page.getByText(/The patient is told at once: your name \(Dr Inês Silva, Hospital da Luz Nova\)/).waitFor();
  await page.getByText('Somebody else reviews every emergency access afterwards.').waitFor();
  await page.getByRole('textbox', { name: 'Code of the patient' }).fill(code.toLowerCase());
  await page.getByText('Records of St. Aldhelm Hospital').waitFor();
  await declare(page);
  await page.getByRole('heading', { name: 'Devika Vanmali', level: 1 }).waitFor({ timeout: 40_000 });
  expect(await clicks()).toBe(3);
  const id = idIn(page);

  const box = page.getByRole('region', { name: 'Emergency access' });
  await box.getByText(/^Closes in 3:59:\d\d$/).waitFor();
  const before = await box.getByRole('timer').textContent();
  await expect.poll(() => box.getByRole('timer').textContent()).not.toBe(before);
  for (const name of ['Allergies', 'Health problems', 'Medicines', 'Devices and implants'])
    await page.getByRole('heading', { name, level: 2 }).waitFor();
  expect(await page.getByRole('heading', { name: 'Latest results' }).count()).toBe(0);
  expect(await axeEverywhere(page)).toEqual([]);

  const phone = await signInAs('Devika Vanmali', '/home', { size: PHONE });
  const notice = phone.page
    .getByRole('region', { name: 'Emergency', exact: true })
    .filter({ hasText: 'Hit by a tram' });
  await notice.getByText('Dr Inês Silva · Hospital da Luz Nova').waitFor();
  // Words of others are words, never a page.
  await notice.getByText(WORDS).waitFor();
  await notice.getByText(/Nothing private/).waitFor();
  expect(await axe(phone.page)).toEqual([]);
  await notice.getByRole('button', { name: 'I have read this' }).click();
  await notice.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Show the rest' }).click();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await page.getByText('Say it in a few words, at least ten letters.').waitFor();
  await page.getByRole('textbox', { name: 'Why the rest is needed' }).fill('Goes to the operating theatre now');
  await page.getByRole('button', { name: 'Show everything' }).click();
  await page.getByRole('heading', { name: 'Whole history' }).waitFor({ timeout: 30_000 });
  // She is told again.
  await notice.getByText('They could see everything, private things too.').waitFor({ timeout: 15_000 });
  // Who comes back to the page, after a reload too, is where she was.
  await page.reload();
  await page.getByRole('heading', { name: 'Whole history' }).waitFor({ timeout: 30_000 });
  expect(await page.evaluate(() => 'hit' in window)).toBe(false);

  await page.getByRole('button', { name: 'Close now' }).click();
  await page.getByText('The emergency access is closed').waitFor({ timeout: 30_000 });
  expect(await page.getByText('Devika').count()).toBe(0);

  const boardOf = staff('civic-ethics', 'auditor');
  const board = await signInAs('Miriam Castellan', undefined, { at: BOARD });
  await expect
    .poll(async () => (await boardOf.getEmergency({ id }).catch(() => null))?.state, { timeout: 30_000 })
    .toBe('due');
  const judging = await countClicks(board.page);
  await board.page.getByRole('link', { name: 'Emergency reviews' }).click();
  const row = board.page.locator(`[data-emergency="${id}"]`);
  await row.getByText('Waits for its review').waitFor();
  await row.getByText('Dr Inês Silva · Hospital da Luz Nova').waitFor();
  await row.getByText(WORDS).waitFor();
  await row.getByRole('button', { name: 'It was right', exact: true }).click();
  await row.getByText('Reviewed: it was right').waitFor({ timeout: 30_000 });
  expect(await judging()).toBe(2);
  expect(await axeEverywhere(board.page)).toEqual([]);
  await notice.getByText('It was reviewed: it was right.').waitFor({ timeout: 30_000 });
  await page.getByText('The review said that it was right.').waitFor({ timeout: 30_000 });

  await phone.page.getByRole('link', { name: 'Activity' }).click();
  const told = phone.page.getByRole('region', { name: 'Opened in an emergency' });
  await told.getByText('It was reviewed: it was right.').waitFor();
  await phone.page.locator('main li[data-emergency="true"]').first().waitFor();
  expect(await axe(phone.page)).toEqual([]);
  for (const { complaints: heard } of [phone, board]) expect(heard).toEqual([]);
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);
}, 240_000);

test('default: in the house from the chart in three clicks; nobody reviews herself, the privacy office does', async () => {
  const { page, complaints } = await signInAs('Dr Thomas Okafor');
  await page.getByRole('searchbox', { name: 'Find a patient' }).fill('Devika');
  await page.getByRole('link', { name: 'Devika Vanmali' }).click();
  await page.getByRole('heading', { name: 'Devika Vanmali' }).waitFor();
  const clicks = await countClicks(page);
  await page.getByRole('main').getByRole('link', { name: 'Emergency access' }).click();
  await page.getByRole('radio', { name: 'Records here that are withheld from you', checked: true }).waitFor();
  await declare(page, 'Collapsed in the waiting room');
  await page.getByText(/^Closes in 3:59:\d\d$/).waitFor();
  expect(await clicks()).toBe(3);
  const id = idIn(page);
  await page.getByRole('heading', { name: 'Devika Vanmali', level: 1 }).waitFor();
  expect(await page.getByRole('heading', { name: 'Whole history' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Show the rest' }).click();
  await page.getByRole('heading', { name: 'Whole history' }).waitFor();
  // She may leave it and come back.
  await page.getByRole('navigation').getByRole('link', { name: 'Emergency access' }).click();
  await page.locator(`[data-emergency="${id}"]`).getByRole('link', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Close now' }).click();
  await page.getByText('It waits for its review.').waitFor();

  const office = await signInAs('Hannah Adeyemi', '/reviews');
  const row = office.page.locator(`[data-emergency="${id}"]`);
  await row.getByText('Collapsed in the waiting room').waitFor();
  await row.getByText('Dr Thomas Okafor · St. Aldhelm Hospital').waitFor();
  await row.getByRole('button', { name: 'It was not right' }).click();
  await row.getByText('Reviewed: it was not right').waitFor();
  // What another organisation declared is not hers to judge.
  const others = office.page.getByRole('listitem').filter({ hasText: 'Hospital da Luz Nova' });
  expect(await others.getByRole('button').count()).toBe(0);
  expect([...complaints, ...office.complaints]).toEqual([]);
}, 120_000);

test('behavior: when the time is up nothing stays on the screen, whatever the line does', async () => {
  const { page, context } = await signInAs('Dr Ruth Ellerby');
  await page.getByRole('searchbox', { name: 'Find a patient' }).fill('Devika');
  await page.getByRole('link', { name: 'Devika Vanmali' }).click();
  await page.getByRole('main').getByRole('link', { name: 'Emergency access' }).click();
  await page.getByRole('radio', { name: '1 hour', exact: true }).click();
  await declare(page);
  await page.getByText(/^Closes in 0:59:\d\d$/).waitFor();
  await page.getByRole('heading', { name: 'Devika Vanmali', level: 1 }).waitFor();
  await context.setOffline(true);
  await page.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 3_600_000;
  });
  await page.getByText('The emergency access is closed').waitFor();
  expect(await page.getByText('Devika').count()).toBe(0);
});

test('error: no code, a slip in it, no reason, no words, a patient of the house: told beside the question, and nothing is declared; who cancels has done nothing', async () => {
  const { page, complaints } = await signInAs('Dr Thomas Okafor', '/emergency');
  const declared = async () => (await staff('st-aldhelm', 'auditor').getEmergencies()).length;
  const before = await declared();
  await page.getByRole('button', { name: 'Open the records now' }).click();
  await page.getByText('This code is not complete, or has a slip in it.').waitFor();
  await page.getByText('Choose a reason.').waitFor();
  await page.getByText('Say it in a few words, at least ten letters.').waitFor();
  const code = await codeOf('Devika Vanmali');
  const field = page.getByRole('textbox', { name: 'Code of the patient' });
  await field.fill(code.replace(/.$/, (last) => (last === '0' ? '1' : '0')));
  await declare(page, '         a         ');
  await page.getByText('This code is not complete, or has a slip in it.').waitFor();
  await page.getByText('Say it in a few words, at least ten letters.').waitFor();
  await field.fill(code);
  await page.getByText('This patient is looked after here.').waitFor();
  await declare(page);
  expect(await axe(page)).toEqual([]);
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('heading', { name: 'Patients', level: 1 }).waitFor();
  expect(await declared()).toBe(before);
  await signInAs('Dr Thomas Okafor', '/emergency/0x00').then(async (lost) => {
    await lost.page.getByText('This does not exist, or not any more.').waitFor();
  });
  expect(complaints).toEqual([]);
});

test('error: an emergency of somebody else opens nothing', async () => {
  const client = staff('st-aldhelm', 'clinician');
  const custodian = stage.nodes['st-aldhelm']?.organization ?? 0;
  const { id } = await client.declareEmergency({
    ...{ custodian, patient: stage.maria.patient, reason: 'unconscious', text: 'Fell down the stairs', hours: 1 },
  });
  const { page } = await signInAs('Dr Thomas Okafor', `/emergency/${id}`);
  await page.getByText('Somebody else opened this').waitFor();
  await client.endEmergency({ id });
});

test('error: when every emergency of the organisation is used up, it says so and what to do instead', async () => {
  const custodian = stage.nodes['luz-nova']?.organization ?? 0;
  const client = staff('st-aldhelm', 'clinician');
  const declaration = { reason: 'disaster', text: 'A train has left the rails', hours: 1 } as const;
  // Sixteen is what the Directory gives a provider; others may have used some.
  let declared = 0;
  for (let number = 0; number < 17; number++)
    await client.declareEmergency({ custodian, patient: `somebody-${number}`, ...declaration }).then(
      () => declared++,
      (error: { status: number }) => expect(error.status).toBe(422),
    );
  expect(declared).toBeLessThanOrEqual(16);
  const { page } = await signInAs('Dr Thomas Okafor', '/emergency');
  // Nobody needs to be behind it: it is refused before anybody is asked.
  const code = formatShareCode({ custodian, subject: `0x${'12'.repeat(20)}` });
  await page.getByRole('textbox', { name: 'Code of the patient' }).fill(code);
  await declare(page);
  await page.getByText(/has used up its emergency accesses/).waitFor();
  expect(await axe(page)).toEqual([]);
});
