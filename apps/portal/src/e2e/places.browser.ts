import { bearer, connect, getAccessLog, search, searchAll } from '@anamnesis/sdk';
import { expect, test } from 'vitest';
import { axe } from '../testing/axe.ts';
import { ABROAD, goTo, PHONE, signInAs, stage } from '../testing/browser.ts';
import { codeFor, joined, newPatient } from '../testing/patients.ts';

/* A patient's complete history: her device asks every organisation where she is known, each with another key. */

const lisbon = connect({ baseUrl: ABROAD, credentials: bearer(stage.tokens['luz-nova']?.clinician ?? '') });

test('default: what the hospital in Lisbon wrote stands among Maria’s records at home, with its origin, checked by her own device; Lisbon’s log has her look', async () => {
  const { page, complaints, strangers } = await signInAs('Maria', '/records', { size: PHONE });
  const notes = page.getByRole('group', { name: 'From other places' });
  await notes.getByText(/Hospital da Luz Nova: .*exactly as they were written there\./).waitFor();
  const visit = page.locator('main section').filter({ hasText: 'Dr Inês Silva' });
  await visit.getByText('Hospital da Luz Nova').first().waitFor();
  const xray = visit
    .getByRole('listitem')
    .filter({ hasText: /radius|rádio|Radiogra|X-ray|wrist/i })
    .first();
  // Her own hospital has a word for it, in a language that she reads; Lisbon's stands with the record.
  await visit.getByText('Blood pressure', { exact: true }).waitFor();
  expect(await visit.getByText('Tensão arterial').count()).toBe(0);
  await xray.getByText('checked').waitFor({ state: 'attached' });
  // Her own hospital's stand there as before, sealed, in one line of time with the others.
  await page.getByText('Sealed').first().waitFor();
  const days = await page.locator('main section > p.muted:first-child').allTextContents();
  const times = days.map((day) => Date.parse(day));
  expect(times.length).toBeGreaterThan(5);
  expect(times).toEqual([...times].sort((a, b) => b - a));

  await xray.getByRole('link').first().click();
  await page.getByText('Hospital da Luz Nova').first().waitFor();
  expect(page.url()).toContain(`at=${stage.nodes['luz-nova']?.organization}`);
  await page.getByRole('button', { name: 'Proof' }).click();
  await page.getByText('This record is exactly what was written.').waitFor();
  await page.getByText(/in the book of Hospital da Luz Nova/).waitFor();
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);

  const auditor = connect({ baseUrl: ABROAD, credentials: bearer(stage.tokens['luz-nova']?.auditor ?? '') });
  const [maria] = (await search(lisbon, 'Patient', { family: 'Hale', given: 'Maria' })).entry ?? [];
  const { entries } = await getAccessLog(auditor, { patient: maria?.resource?.id ?? '', count: 100 });
  const own = entries.filter(({ event }) => JSON.stringify(event).includes(`Patient/${maria?.resource?.id}`));
  expect(own.some(({ event }) => JSON.stringify(event).includes('PATRQT'))).toBe(true);
});

test('default: another hospital is added by its desk’s code; what is there is among hers at once, one that does not verify is not', async () => {
  const there = await newPatient('Pia', 'luz-nova');
  const written: string[] = [];
  for await (const { resource } of searchAll(lisbon, 'Observation', { patient: there.id }))
    written.push(resource?.id ?? '');
  const { page } = await joined('Pia');
  await goTo(page, '/account/places');
  await page.getByText('No other place yet').waitFor();
  await page.getByText('Add another place').click();
  await page.getByLabel('Where', { exact: true }).selectOption({ label: 'Hospital da Luz Nova' });
  await page.getByLabel('Code from there').fill('ABCD-EFGH-JKMN-PQRS');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('This code does not work').waitFor();
  await page.getByText('No other place yet').waitFor();
  await page.getByLabel('Code from there').fill(await codeFor(there.id, 'enrolments', 'luz-nova'));
  await page.getByRole('button', { name: 'Add', exact: true }).dblclick();
  await page.getByText('Added. Its records are among yours now.').waitFor();
  await page.getByRole('list', { name: 'Records elsewhere' }).getByText('Hospital da Luz Nova').waitFor();
  expect(await axe(page)).toEqual([]);
  await goTo(page, '/records');
  await expect.poll(() => page.getByRole('link', { name: 'Haemoglobin' }).count(), { timeout: 15_000 }).toBe(2);
  await goTo(page, '/records/results');
  await page.locator('main a[href^="/trends/"]').filter({ hasText: 'Haemoglobin' }).click();
  await page.getByRole('table').getByText('Hospital da Luz Nova').waitFor();

  // Changed behind the hospital's back: her device finds it out by itself.
  const reference = `Observation/${written[0]}/_history/1`;
  const tampered = await fetch(`${stage.control}/tamper`, {
    method: 'POST',
    body: JSON.stringify({ node: 'luz-nova', reference }),
  });
  expect(tampered.status).toBe(204);
  // After a reload her account is closed, and with it the way to other places: that is said.
  await page.reload();
  await page.goto('/records');
  await page.getByText('Records of other places are not shown until you open your account again.').waitFor();
  await page.getByRole('link', { name: 'See where' }).click();
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('list', { name: 'Records elsewhere' }).waitFor();
  await goTo(page, '/records');
  await page.getByText('1 record could not be checked. Do not rely on it.').waitFor();
  expect(await page.getByRole('link', { name: 'Haemoglobin' }).count()).toBe(1);
}, 120_000);

test('error: a place that does not answer is told, the others stand there, and trying again brings it', async () => {
  const { page } = await signInAs('Maria', undefined, { size: PHONE });
  await page.route(`${ABROAD}/**`, (route) => route.abort());
  await page.reload();
  await page.goto('/account/places');
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('list', { name: 'Records elsewhere' }).waitFor();
  await goTo(page, '/records');
  await page.getByText('Hospital da Luz Nova does not answer now.').waitFor();
  await page.getByRole('heading', { name: 'Emergency visit' }).first().waitFor();
  await page.unroute(`${ABROAD}/**`);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Dr Inês Silva').first().waitFor();
});

test('behavior: looking after her father, she sees his places and none of hers', async () => {
  const { page } = await signInAs('Maria', '/family', { size: PHONE });
  await page.getByRole('button', { name: 'Switch to Walter Grieve' }).click();
  await page.getByRole('heading', { name: 'Records of Walter Grieve' }).waitFor();
  await goTo(page, '/records');
  await page.locator('main section').first().waitFor();
  expect(await page.getByText('Dr Inês Silva').count()).toBe(0);
  await goTo(page, '/account/places');
  await page.getByText('Account of Walter Grieve').or(page.getByText('Walter Grieve')).first().waitFor();
});
