import {
  type AccessRequest,
  bearer,
  connect,
  createClient,
  getRequest,
  getSignIn,
  openAccount,
  readShareCode,
  requestAccess,
  search,
  signInDemo,
  subjectAccount,
} from '@anamnesis/sdk';
import { expect, test } from 'vitest';
import { ABROAD, HOME, PHONE, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';

const silva = connect({
  baseUrl: ABROAD,
  credentials: bearer(stage.tokens['luz-nova']?.clinician ?? ''),
});

/** Opens Maria's page, reads her code off it, and has the hospital in Lisbon ask her. */
async function asked(note: string) {
  const opened = await signInAs('Maria', '/sharing', { size: PHONE });
  const { page } = opened;
  await page.getByRole('button', { name: 'Show my code' }).click();
  const code = readShareCode((await page.locator('main output[dir]').textContent()) ?? '');
  const request = await requestAccess(silva, {
    ...code,
    categories: ['allergies', 'medications'],
    preset: 'visit',
    note,
  });
  const card = page.getByRole('region', { name: /^Request from/ }).filter({ hasText: note });
  return { ...opened, request, card };
}

async function stateOf({ id }: AccessRequest): Promise<string> {
  return (await getRequest(silva, { id })).state;
}

test('default: a request says who, why, what and until when; allowed in two taps, stopped in two', async () => {
  const { page, request, card, complaints } = await asked('A broken wrist');
  await page.getByRole('link', { name: 'Home' }).click();
  const clicks = await countClicks(page);
  await page.getByRole('link', { name: 'Sharing' }).click();
  await card.getByText('allergies and medicines').waitFor();
  await card.getByText('This visit (24 hours)').waitFor();
  await card.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: 'Stop Hospital da Luz Nova' }).first().waitFor();
  expect(await clicks()).toBe(2);
  await expect.poll(() => stateOf(request)).toBe('granted');
  const grant = (await getRequest(silva, { id: request.id })).grant;
  expect((grant?.terms.validUntil ?? 0) - (grant?.terms.validFrom ?? 0)).toBe(86_460);

  await page.getByRole('link', { name: 'Home' }).click();
  const before = await clicks();
  await page.getByRole('link', { name: 'Sharing' }).click();
  await page.getByRole('button', { name: 'Stop Hospital da Luz Nova' }).first().click();
  await page.getByText('You stopped it').first().waitFor();
  expect((await clicks()) - before).toBe(2);
  expect(complaints).toEqual([]);
});

test('behavior: refusing takes two taps, asks nothing and is told', async () => {
  const { page, request, card } = await asked('Again');
  await card.getByRole('button', { name: 'Refuse' }).click();
  await card.waitFor({ state: 'detached' });
  await expect.poll(() => stateOf(request)).toBe('denied');
  await page.reload();
  await page.getByRole('heading', { name: 'Sharing' }).waitFor();
  expect(await card.count()).toBe(0);
});

test('behavior: after a reload stopping still asks nothing: the refusal was signed ahead', async () => {
  const { page, card } = await asked('Before a reload');
  await card.getByRole('button', { name: 'Allow' }).click();
  await page
    .getByRole('button', { name: /^Stop Hospital/ })
    .first()
    .waitFor();
  await page.reload();
  await page
    .getByRole('button', { name: /^Stop Hospital/ })
    .first()
    .click();
  await page.getByText('You stopped it').first().waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('behavior: she may allow less than was asked, never more; a note is text, whatever it says', async () => {
  const note = '<img src=x onerror="window.hit=1"> <b>please</b>';
  const { page, request, card } = await asked(note);
  await card.getByText(note).waitFor();
  expect(await page.evaluate(() => 'hit' in window)).toBe(false);
  await card.getByRole('button', { name: 'Change details' }).click();
  expect(await card.getByRole('checkbox').count()).toBe(2);
  expect(await card.getByRole('radio').count()).toBe(1);
  await card.getByRole('checkbox', { name: 'medicines' }).click();
  await card.getByRole('button', { name: 'Allow' }).dblclick();
  await card.waitFor({ state: 'detached' });
  await expect.poll(() => stateOf(request)).toBe('granted');
  expect((await getRequest(silva, { id: request.id })).grant?.terms.categories).toBe(8);
});

test('default: one tap shows who looked, with person, organisation and reason', async () => {
  const { page } = await signInAs('Maria', undefined, { size: PHONE });
  const clicks = await countClicks(page);
  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  await page.getByRole('heading', { name: 'Who looked' }).waitFor();
  const entry = page.getByRole('listitem').filter({ hasText: /(St\. Aldhelm|Luz Nova).* · / });
  await entry.first().waitFor();
  expect(await clicks()).toBe(1);
});

test('behavior: who looked is found behind any number of her own looks; that nobody did is said only where it is so', async () => {
  const line = connect({ baseUrl: HOME });
  const { ledger, organization, demo } = await getSignIn(line);
  const answer = await signInDemo(line, { id: demo.find(({ name }) => name === 'Devika Vanmali')?.id ?? '' });
  if (!('account' in answer)) throw new Error('Devika is no patient');
  const { seed } = await openAccount(answer);
  const of = { chainId: ledger.chainId, organization: organization.id };
  const devika = createClient({ baseUrl: HOME, session: { signer: subjectAccount(seed, of), ...of } });
  const [own] = (await devika.fhir.search('Patient')).entry ?? [];
  const staff = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.clinician ?? '') });
  await search(staff, 'Patient', { _id: own?.resource?.id ?? '' });
  // More than a page of them.
  for (let at = 0; at < 120; at++) await devika.fhir.search('Patient');
  const { page } = await signInAs('Devika Vanmali', '/activity', { size: PHONE });
  await page.locator('main li').first().waitFor();
  await page.getByRole('link', { name: 'Home' }).click();
  await page.getByText(/ looked on /).waitFor();
});
