import {
  bearer,
  connect,
  fetchFromPeer,
  getRequest,
  getRequests,
  type RequestPreset,
  readShareCode,
  requestAccess,
} from '@anamnesis/sdk';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axe } from '../testing/axe.ts';
import { ABROAD, goTo, HOME, PHONE, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';
import { codeFor, joined, newPatient } from '../testing/patients.ts';

/* Somebody asks for what another organisation keeps about her: it waits at home, and her own device answers the one that keeps it. */

const LUZ_NOVA = 'Hospital da Luz Nova';
const lineOf = (node: string) =>
  connect({ baseUrl: stage.nodes[node]?.url ?? '', credentials: bearer(stage.tokens[node]?.clinician ?? '') });
/** A laboratory, and her own hospital: neither keeps what they ask for. */
const meridian = lineOf('meridian');
const aldhelm = lineOf('st-aldhelm');

/** Somebody of St. Aldhelm who takes Lisbon into her account, and the code that she shows for it. */
async function knownTwice(given: string) {
  const there = await newPatient(given, 'luz-nova');
  const opened = await joined(given);
  const { page } = opened;
  await goTo(page, '/account/places');
  await page.getByText('Add another place').click();
  await page.getByLabel('Where', { exact: true }).selectOption({ label: LUZ_NOVA });
  await page.getByLabel('Code from there').fill(await codeFor(there.id, 'enrolments', 'luz-nova'));
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('Added. Its records are among yours now.').waitFor();
  await goTo(page, '/sharing');
  await page.getByRole('button', { name: 'Show my code' }).click();
  const shown = async () => readShareCode((await page.locator('main output[dir]').textContent()) ?? '');
  const home = await shown();
  await page.getByLabel('Where the records are').selectOption({ label: LUZ_NOVA });
  const lisbon = await shown();
  expect(lisbon.custodian).toBe(stage.nodes['luz-nova']?.organization);
  expect(lisbon.subject).not.toBe(home.subject);
  return { ...opened, home, lisbon, there };
}

const cardOf = (page: Page, note: string) =>
  page.getByRole('region', { name: /^Request from/ }).filter({ hasText: note });

test('default: what a laboratory asks of the hospital in Lisbon waits at home, is allowed there in two taps and stopped in two; neither organisation learns of the other', async () => {
  const { page, home, lisbon, patient, there, complaints, strangers } = await knownTwice('Vera');
  const wish = { ...lisbon, categories: ['laboratory', 'other'], preset: 'visit' as RequestPreset };
  const blood = await requestAccess(meridian, { ...wish, note: 'Your blood in March' });
  const again = await requestAccess(aldhelm, { ...wish, note: 'For our own files' });
  await expect.poll(async () => (await getRequest(aldhelm, { id: again.id })).delivered).toBe(true);

  // After a reload her account is closed, and nothing but her device knows of Lisbon: that is said.
  await goTo(page, '/home');
  await page.reload();
  await page.getByText('Requests at other places are not shown until').waitFor();
  await goTo(page, '/account/places');
  await page.getByRole('button', { name: 'Open my account' }).first().click();
  await page.getByRole('list', { name: 'Records elsewhere' }).waitFor();
  const sent: { readonly to: string; readonly what: string; readonly isSigned: boolean }[] = [];
  page.on('request', (request) => {
    const { authorization } = request.headers();
    const what = `${request.url()} ${request.postData() ?? ''}`.toLowerCase();
    sent.push({ to: new URL(request.url()).origin, what, isSigned: authorization !== undefined });
  });
  await goTo(page, '/home');
  await page.getByText('2 requests wait for your answer.').waitFor();

  const clicks = await countClicks(page);
  await page.getByRole('link', { name: 'Answer' }).click();
  const card = cardOf(page, 'Your blood in March');
  await card.getByText(`From the records at ${LUZ_NOVA}`).waitFor();
  await card.getByText('This visit (24 hours)').waitFor();
  await card.getByRole('button', { name: 'Allow' }).click();
  const stop = page.getByRole('button', { name: new RegExp(`^Stop Meridian.* at ${LUZ_NOVA}$`) });
  await stop.waitFor();
  expect(await clicks()).toBe(2);
  expect(await axe(page)).toEqual([]);
  await cardOf(page, 'For our own files').getByRole('button', { name: 'Refuse' }).click();
  await cardOf(page, 'For our own files').waitFor({ state: 'detached' });
  await expect.poll(async () => (await getRequest(aldhelm, { id: again.id })).state).toBe('denied');

  // The hospital in Lisbon takes it for hers.
  await expect.poll(async () => (await getRequest(meridian, { id: blood.id })).state).toBe('granted');
  const { grant } = await getRequest(meridian, { id: blood.id });
  if (grant === undefined) throw new Error('There is no consent');
  expect(grant.terms.subject.toLowerCase()).toBe(lisbon.subject);
  const fetching = () => fetchFromPeer(meridian, { ...grant, custodian: lisbon.custodian, purpose: 'TREAT' });
  expect((await fetching()).released).toBeGreaterThan(0);

  await goTo(page, '/home');
  const before = await clicks();
  await page.getByRole('link', { name: 'Sharing' }).click();
  await stop.click();
  await page.getByText('You stopped it').first().waitFor();
  expect((await clicks()) - before).toBe(2);
  await expect(fetching()).rejects.toMatchObject({ code: 'consent-refused' });
  // It was signed together with the permission.
  const refusals = sent.filter(({ to, what }) => to === new URL(ABROAD).origin && what.includes('/api/v1/refusals '));
  expect(refusals.map(({ isSigned }) => isSigned)).toEqual([false]);

  const told = (to: string) => sent.filter((one) => one.to === new URL(to).origin).map(({ what }) => what);
  expect(told(HOME).filter((what) => what.includes(lisbon.subject.toLowerCase()) || what.includes(there.id))).toEqual(
    [],
  );
  expect(told(ABROAD).filter((what) => what.includes(home.subject.toLowerCase()) || what.includes(patient))).toEqual(
    [],
  );
  expect(strangers).toEqual([]);
  expect(complaints).toEqual([]);
}, 120_000);

test('error: an answer whose way back broke is one answer when it is given again', async () => {
  const { page, lisbon } = await knownTwice('Wanda');
  const { id } = await requestAccess(meridian, {
    ...lisbon,
    categories: ['laboratory'],
    preset: 'visit',
    note: 'Twice',
  });
  await goTo(page, '/home');
  await page.reload();
  await goTo(page, '/account/places');
  await page.getByRole('button', { name: 'Open my account' }).first().click();
  await page.getByRole('list', { name: 'Records elsewhere' }).waitFor();
  const answers: string[] = [];
  await page.route(`${ABROAD}/api/v1/requests/*/answer`, async (route) => {
    answers.push(route.request().postData() ?? '');
    if (answers.length === 1) await route.fetch();
    await (answers.length === 1 ? route.abort() : route.continue());
  });
  await goTo(page, '/sharing');
  const card = cardOf(page, 'Twice');
  await card.getByRole('button', { name: 'Allow' }).click();
  await card.getByText('That did not work. Nothing is lost; please try again.').waitFor();
  await card.getByRole('button', { name: 'Allow' }).click();
  await card.waitFor({ state: 'detached' });
  expect(answers).toHaveLength(2);
  expect(answers[1]).toBe(answers[0]);
  await page.getByRole('button', { name: /^Stop Meridian/ }).waitFor();
  const [granted, ...others] = (await getRequests(meridian, { state: 'granted' })).filter((one) => one.id === id);
  expect([granted?.state, others]).toEqual(['granted', []]);
}, 120_000);

test('behavior: after a reload, while her account is closed, stopping elsewhere still asks nothing; signing out forgets what that took', async () => {
  const { page, lisbon, complaints } = await knownTwice('Xenia');
  const { id } = await requestAccess(meridian, {
    ...lisbon,
    categories: ['laboratory'],
    preset: 'visit',
    note: 'Soon',
  });
  await page.reload();
  await goTo(page, '/account/places');
  await page.getByRole('button', { name: 'Open my account' }).first().click();
  await page.getByRole('list', { name: 'Records elsewhere' }).waitFor();
  await goTo(page, '/sharing');
  await cardOf(page, 'Soon').getByRole('button', { name: 'Allow' }).click();
  const stop = page.getByRole('button', { name: new RegExp(`^Stop Meridian.* at ${LUZ_NOVA}$`) });
  await stop.waitFor();
  await page.reload();
  await page.getByText('What you allowed there stands here as this device saw it last.').waitFor();
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(`${request.method()} ${request.url()}`));
  await stop.click();
  await page.getByText('You stopped it').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(asked.filter((one) => one.includes(ABROAD) && !one.startsWith('OPTIONS'))).toEqual([
    `POST ${ABROAD}/api/v1/refusals`,
  ]);
  const { grant } = await getRequest(meridian, { id });
  if (grant === undefined) throw new Error('There is no consent');
  const fetching = fetchFromPeer(meridian, { ...grant, custodian: lisbon.custodian, purpose: 'TREAT' });
  await expect(fetching).rejects.toMatchObject({ code: 'consent-refused' });
  expect(complaints).toEqual([]);

  const names = () =>
    page.evaluate(
      () =>
        new Promise<string[]>((resolve, reject) => {
          const open = indexedDB.open('anamnesis');
          open.onerror = () => reject(open.error);
          open.onsuccess = () => {
            const all = open.result.transaction('sealed').objectStore('sealed').getAllKeys();
            all.onerror = () => reject(all.error);
            all.onsuccess = () => {
              open.result.close();
              resolve(all.result.map(String).sort());
            };
          };
        }),
    );
  expect((await names()).join()).toContain('elsewhere/');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
  await expect.poll(names).toEqual(['key']);
}, 120_000);

test('error: a place that does not answer is told on home and on sharing, and holds up neither', async () => {
  const { page } = await signInAs('Maria', undefined, { size: PHONE });
  await page.route(`${ABROAD}/**`, (route) => route.abort());
  await page.reload();
  await page.goto('/account/places');
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('list', { name: 'Records elsewhere' }).waitFor();
  await goTo(page, '/home');
  const told = page.getByText(`${LUZ_NOVA} does not answer now. Who asks for your records there`);
  await told.waitFor();
  await page.getByRole('heading', { name: 'Last visit' }).waitFor();
  await goTo(page, '/sharing');
  await told.waitFor();
  await page.getByRole('heading', { name: 'Who can see your records' }).waitFor();
  await page.unroute(`${ABROAD}/**`);
  await page.getByRole('button', { name: 'Try again' }).click();
  await told.waitFor({ state: 'detached' });
}, 60_000);
