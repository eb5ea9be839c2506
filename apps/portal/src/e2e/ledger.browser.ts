import { connect, formatShareCode, getStatus } from '@anamnesis/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { axe } from '../testing/axe.ts';
import { HOME, PHONE, signInAs, stage } from '../testing/browser.ts';

const BEHIND =
  'Saving works as always. Sealing and sharing with others wait until the shared record book answers again.';

async function act(path: string): Promise<void> {
  expect((await fetch(stage.control + path, { method: 'POST' })).status).toBe(204);
}

const isBehind = async (): Promise<boolean> => {
  const { ledger } = (await getStatus(connect({ baseUrl: HOME }))) as { ledger?: { stale?: boolean } };
  return ledger?.stale === true;
};

test('behavior: without the ledger both portals say so and go on; care in the house works, nothing is opened elsewhere; when it is back the line goes away by itself', async () => {
  const doctor = await signInAs('Dr Thomas Okafor');
  const maria = await signInAs('Maria', '/home', { size: PHONE });
  expect(await doctor.page.getByText(BEHIND).count()).toBe(0);
  let stopped = true;
  onTestFinished(async () => {
    if (stopped) await act('/ledger/start');
    await expect.poll(isBehind, { timeout: 30_000 }).toBe(false);
  });
  await act('/ledger/stop');
  await expect.poll(isBehind, { timeout: 40_000 }).toBe(true);
  for (const { page } of [doctor, maria]) {
    // Looked at every quarter of a minute.
    await page.getByRole('status').filter({ hasText: BEHIND }).waitFor({ timeout: 30_000 });
    expect(await axe(page)).toEqual([]);
  }
  await maria.page.getByRole('link', { name: 'Records' }).click();
  await maria.page.getByRole('heading', { name: 'Emergency visit' }).first().waitFor();
  const { page } = doctor;
  await page.getByRole('searchbox', { name: 'Find a patient' }).fill('Devika');
  await page.getByRole('link', { name: 'Devika Vanmali' }).click();
  await page.getByRole('heading', { name: 'Devika Vanmali', level: 1 }).waitFor();

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Emergency access' }).click();
  const custodian = stage.nodes['luz-nova']?.organization ?? 0;
  const code = formatShareCode({ custodian, subject: `0x${'12'.repeat(20)}` });
  await page.getByRole('textbox', { name: 'Code of the patient' }).fill(code);
  await page.getByRole('radio', { name: 'The patient cannot answer' }).click();
  await page.getByRole('textbox', { name: 'What happened' }).fill('Found in the street, cannot speak');
  await page.getByRole('button', { name: 'Open the records now' }).click();
  await page.getByText(/The shared record book does not answer/).waitFor();

  await act('/ledger/start');
  stopped = false;
  await expect.poll(isBehind, { timeout: 30_000 }).toBe(false);
  for (const { page } of [doctor, maria]) await page.getByText(BEHIND).waitFor({ state: 'detached', timeout: 30_000 });
}, 240_000);
