import { bearer, connect, getStatus, readShareCode, requestAccess } from '@anamnesis/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { ABROAD, goTo, HOME, PHONE, signInAs, stage } from '../testing/browser.ts';
import { joined } from '../testing/patients.ts';

/* Saved, then sealed; or saved, not sealed yet and tried again: for what somebody has just written or decided. */

const SAVED = 'Saved, seal follows';
const WAITING = 'Saved. It could not be sealed yet; we keep trying';

const silva = connect({ baseUrl: ABROAD, credentials: bearer(stage.tokens['luz-nova']?.clinician ?? '') });

async function act(path: string): Promise<void> {
  expect((await fetch(stage.control + path, { method: 'POST' })).status).toBe(204);
}

const isBehind = async (): Promise<boolean> => {
  const { ledger } = (await getStatus(connect({ baseUrl: HOME }))) as { ledger?: { stale?: boolean } };
  return ledger?.stale === true;
};

test('behavior: without the ledger a note, a consent and a refusal are saved, then said not to be sealed yet, and are sealed by themselves when it is back; nothing is blank or blocked', async () => {
  const patient = await joined('Sela');
  const { page } = patient;
  await goTo(page, '/sharing');
  await page.getByRole('button', { name: 'Show my code' }).click();
  const code = readShareCode((await page.locator('main output[dir]').textContent()) ?? '');
  for (const note of ['First', 'Second'])
    await requestAccess(silva, { ...code, categories: ['allergies'], preset: 'visit', note });
  const card = (note: string) => page.getByRole('region', { name: /^Request from/ }).filter({ hasText: note });
  await card('Second').waitFor();
  const doctor = await signInAs('Dr Thomas Okafor', `/p/${patient.patient}/encounter`);
  await doctor.page.getByRole('textbox', { name: 'Note' }).waitFor();

  let stopped = true;
  onTestFinished(async () => {
    if (stopped) await act('/ledger/start');
    await expect.poll(isBehind, { timeout: 30_000 }).toBe(false);
  });
  await act('/ledger/stop');
  await card('First').getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: 'Stop Hospital da Luz Nova' }).first().waitFor();
  await card('Second').getByRole('button', { name: 'Allow' }).click();
  await expect
    .poll(() => page.getByRole('button', { name: 'Stop Hospital da Luz Nova' }).count(), { timeout: 15_000 })
    .toBe(2);
  await page.getByRole('button', { name: 'Stop Hospital da Luz Nova' }).first().click();
  await page.getByText('You stopped it').waitFor();
  await doctor.page.getByRole('textbox', { name: 'Note' }).fill('Written while the record book was away');
  await doctor.page.getByRole('button', { name: 'Finish visit' }).click();
  const visit = doctor.page.getByRole('listitem').filter({ hasText: 'Visit note' }).first();
  const said = [page.locator('main'), visit];
  for (const place of said) await place.getByText(SAVED).or(place.getByText(WAITING)).first().waitFor();
  for (const place of said) await place.getByText(WAITING).first().waitFor({ timeout: 60_000 });
  // The consent that is open, and the refusal.
  await expect.poll(() => page.getByText(WAITING).count(), { timeout: 15_000 }).toBe(2);

  await act('/ledger/start');
  stopped = false;
  await visit.getByText(WAITING).waitFor({ state: 'detached', timeout: 60_000 });
  // Now that somebody answers it is on its way, and then there.
  await visit.getByText(SAVED).waitFor({ state: 'detached', timeout: 30_000 });
  await page.getByText('Sealed', { exact: true }).first().waitFor({ timeout: 30_000 });
  await page.getByText(WAITING).waitFor({ state: 'detached', timeout: 30_000 });
}, 240_000);

test('error: offline a visit cannot be finished; what was typed stays, and the same button finishes it once', async () => {
  const patient = await joined('Ofra');
  const { page, context } = await signInAs('Dr Thomas Okafor', `/p/${patient.patient}/encounter`, { size: PHONE });
  const note = page.getByRole('textbox', { name: 'Note' });
  await note.fill('Typed in the lift');
  await context.setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await page.getByRole('button', { name: 'Finish visit' }).click();
  await page.getByRole('alert').waitFor();
  expect(await note.inputValue()).toBe('Typed in the lift');
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Finish visit' }).dblclick();
  await page.getByRole('listitem').filter({ hasText: 'Visit note' }).first().waitFor();
  expect(await page.getByText('Visit note', { exact: true }).count()).toBe(1);
}, 60_000);
