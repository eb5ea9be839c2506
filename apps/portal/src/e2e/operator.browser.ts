import { bearer, connect, create, getOperatorHandover } from '@anamnesis/sdk';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { HOME, openPage, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';

const token = stage.tokens['st-aldhelm']?.clinician ?? '';

/** A patient of this test with one observation, and everything that the node says of it in a file. */
async function patientOf(name: string) {
  const desk = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.registrar ?? '') });
  const clinician = connect({ baseUrl: HOME, credentials: bearer(token) });
  const patient = await create(desk, { resourceType: 'Patient', name: [{ family: name }] });
  const observation = await create(clinician, {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Haemoglobin' },
    subject: { reference: `Patient/${patient.id}` },
    valueQuantity: { value: 13.5, unit: 'g/dL' },
  });
  const reference = `Observation/${observation.id}/_history/1`;
  return { reference, read: () => exportOf(patient.id ?? '') };
}

/** The file as it is downloaded. */
async function exportOf(patient: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${HOME}/api/v1/export?patient=${patient}`, { headers })).text();
}

/** The file when its records are sealed. */
async function sealed(read: () => Promise<string>): Promise<string> {
  let text = '';
  await expect
    .poll(
      async () => {
        text = await read();
        const { records } = JSON.parse(text) as { records: { proof: { checkpoint: unknown } }[] };
        return records.length === 2 && records.every(({ proof }) => proof.checkpoint !== null);
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  return text;
}

/** Lets a file fall onto the page, as a mouse does. */
async function drop(page: Page, content: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle((text) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], 'export.json', { type: 'application/json' }));
    return carried;
  }, content);
  await page.dispatchEvent('[data-drop]', 'drop', { dataTransfer });
}

async function ledger(act: 'stop' | 'start'): Promise<void> {
  expect((await fetch(`${stage.control}/ledger/${act}`, { method: 'POST' })).status).toBe(204);
}

test('default: an export is verified by one drop, without anybody signed in; what was changed is named', async () => {
  const { reference, read } = await patientOf('Verified');
  const good = await sealed(read);
  const { page, complaints, strangers } = await openPage('/verify');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const clicks = await countClicks(page);
  await drop(page, good);
  await page.locator('[data-verdict="holds"]').waitFor();
  await page.getByText('Nothing was changed', { exact: true }).waitFor();
  expect(await page.locator('[data-mark="holds"]:visible').count()).toBe(4);
  expect(await clicks()).toBe(0);

  const tampered = await fetch(`${stage.control}/tamper`, {
    method: 'POST',
    body: JSON.stringify({ node: 'st-aldhelm', reference }),
  });
  expect(tampered.status).toBe(204);
  await drop(page, await read());
  await page.locator('[data-verdict="broken"]').waitFor();
  expect(await page.locator('[data-verdict] li bdi').allTextContents()).toEqual([reference]);
  expect(await page.locator('[data-mark="broken"]:visible').getAttribute('data-station')).toBe('record');
  expect(await clicks()).toBe(0);

  // A seal that the ledger never saw, made up in the file itself.
  const forged = good.replaceAll(/"time":\d+/g, '"time":5');
  await drop(page, forged);
  await expect.poll(() => page.locator('[data-mark="broken"]:visible').getAttribute('data-station')).toBe('ledger');
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);
});

test('default: a file is chosen in one click; a clinician checks a single record by its number', async () => {
  const { reference, read } = await patientOf('Chosen');
  const good = await sealed(read);
  const { page } = await signInAs('Duty clinician', '/verify');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const clicks = await countClicks(page);
  const chooser = page.waitForEvent('filechooser');
  await page.getByText('Choose a file').click();
  await (await chooser).setFiles({ name: 'export.json', mimeType: 'application/json', buffer: Buffer.from(good) });
  await page.getByText('Every record and every access in this file').waitFor();
  expect(await clicks()).toBe(1);
  await page.getByLabel('Or the number of a record').fill(reference);
  await page.keyboard.press('Enter');
  await page.getByText('This record is as it was written down.').waitFor();
  await page.getByLabel('Or the number of a record').fill('Observation');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This is not a number that can be checked').waitFor();
});

test('error: what is no such file comes to no verdict', async () => {
  const { page } = await openPage('/verify');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await drop(page, '{"format":"<img src=x onerror=\\"window.hit=1\\">"}');
  await page.getByRole('alert').getByText('This file cannot be checked').waitFor();
  await drop(page, 'not JSON');
  await page.getByRole('alert').getByText('This file cannot be checked').waitFor();
  expect(await page.locator('[data-verdict]').count()).toBe(0);
  expect(await page.evaluate(() => 'hit' in window)).toBe(false);
});

test('default: an auditor sees every access verified, and the proof of one by one click', async () => {
  const { page, complaints } = await signInAs('Hannah', '/log');
  await page.locator('li[data-standing="sealed"]').first().waitFor();
  expect(await page.locator('li[data-standing="broken"]').count()).toBe(0);
  const clicks = await countClicks(page);
  await page.locator('li[data-standing="sealed"]').first().getByRole('link').click();
  await page.locator('[data-verdict="holds"]').waitFor();
  expect(await clicks()).toBe(1);
  expect(complaints).toEqual([]);
});

test('default: whether the node is healthy stands there without a click; another organisation is checked by one', async () => {
  const { page, complaints } = await signInAs('Grace');
  const clicks = await countClicks(page);
  const verdict = page.locator('main [role=status][data-condition]');
  // The other organisations are asked first, and a busy machine may miss one of them for a moment.
  await expect.poll(() => verdict.textContent(), { timeout: 40_000 }).toMatch(/^Healthy/);
  expect(await clicks()).toBe(0);
  await page.getByRole('heading', { name: 'Shared ledger' }).waitFor();
  await page.getByText('Sealing costs nothing on this ledger.').waitFor();
  await page.getByText(/^Our newest seal is signed by [1-5] others\./).waitFor({ timeout: 40_000 });
  await page.getByRole('navigation').getByRole('link', { name: 'Other organisations' }).click();
  await page.getByRole('button', { name: 'Check the log of Hospital da Luz Nova' }).click();
  await page.getByText('Checked: nothing was changed or taken out.').waitFor();
  expect(await clicks()).toBe(2);
  expect(complaints).toEqual([]);
}, 90_000);

test('default: an operator changes to a new key in three clicks; with the ledger away nothing is begun; what was sealed before holds, and so does what comes', async () => {
  const { read } = await patientOf('Handed-Over');
  const before = await sealed(read);
  const operator = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.operator ?? '') });
  const { operator: old } = await getOperatorHandover(operator);
  const { page, complaints } = await signInAs('Grace', '/health');
  await page.getByRole('link', { name: 'Change to a new key' }).click();
  await page.getByText(old).waitFor();

  const change = page.getByRole('button', { name: 'Change the key now' });
  await ledger('stop');
  try {
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByRole('heading', { name: 'What will happen' }).waitFor();
    await change.click();
    await page.getByText('The shared ledger does not answer. Nothing was begun').waitFor({ timeout: 30_000 });
  } finally {
    await ledger('start');
  }
  expect(await getOperatorHandover(operator)).toMatchObject({ operator: old, underWay: null });
  // Chromium tells the refused request; the page has told it in words.
  complaints.length = 0;
  await page.reload();
  await page.getByRole('button', { name: 'Make a new key' }).click();
  const clicks = await countClicks(page);
  await change.dblclick();
  await page.getByText('Done. From now on the new key seals').waitFor({ timeout: 60_000 });
  expect(await clicks()).toBe(2);
  const { operator: acting, last } = await getOperatorHandover(operator);
  expect(acting).not.toBe(old);
  expect(last).toMatchObject({ from: old, to: acting });
  await page.getByText(acting).waitFor();
  expect(complaints).toEqual([]);

  const { read: readLater } = await patientOf('After-Hand-Over');
  const after = await sealed(readLater);
  const { page: verifier } = await openPage('/verify');
  await verifier.getByRole('heading', { level: 1 }).waitFor();
  for (const file of [before, after]) {
    await drop(verifier, file);
    await verifier.locator('[data-verdict="holds"]').waitFor();
    expect(await verifier.locator('[data-mark="holds"]:visible').count()).toBe(4);
    await verifier.reload();
    await verifier.getByRole('heading', { level: 1 }).waitFor();
  }
}, 180_000);

test('behavior: the ledger taken away is told by itself, first of all parts; so is its return', async () => {
  const { page } = await signInAs('Grace');
  const verdict = page.locator('main [role=status][data-condition]');
  await verdict.waitFor();
  await ledger('stop');
  try {
    await page.getByText(/^It does not answer\./).waitFor({ timeout: 40_000 });
    expect(await verdict.getAttribute('data-condition')).not.toBe('ok');
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toBe('Shared ledger');
  } finally {
    await ledger('start');
  }
  await expect.poll(() => page.getByText(/^It answers\./).count(), { timeout: 40_000 }).toBe(1);
}, 120_000);
