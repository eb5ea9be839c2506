import { type AccessRequest, bearer, connect, getRequest, readShareCode, requestAccess } from '@anamnesis/sdk';
import { expect, test } from 'vitest';
import { axe, axeEverywhere } from '../testing/axe.ts';
import { ABROAD, goTo, HOME, PHONE, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';
import { codeFor, joined, newPatient } from '../testing/patients.ts';

const okafor = connect({ baseUrl: HOME, credentials: bearer(stage.tokens['st-aldhelm']?.clinician ?? '') });

/** Rosa, who has switched to her son Tomás. */
async function forTomas() {
  const opened = await signInAs('Rosa', '/family', { at: ABROAD, size: PHONE });
  const { page } = opened;
  await page.getByRole('button', { name: /^Switch to Tomás/ }).click();
  await page.getByRole('heading', { name: /^Records of Tomás/ }).waitFor();
  return { ...opened, band: page.getByRole('region', { name: 'Whose records these are' }) };
}

test('default: a mother answers for her child: allowed, who looked, stopped; whose records these are stands on every page', async () => {
  const { page, band, complaints, strangers } = await forTomas();
  expect(await axeEverywhere(page)).toEqual([]);
  await goTo(page, '/sharing');
  await band.getByText('Tomás').waitFor();
  await page.getByRole('button', { name: 'Show my code' }).click();
  const code = readShareCode((await page.locator('main output[dir]').textContent()) ?? '');
  const ask = (note: string): Promise<AccessRequest> =>
    requestAccess(okafor, { ...code, categories: ['allergies'], preset: 'visit', note });
  const state = async ({ id }: AccessRequest): Promise<string> => (await getRequest(okafor, { id })).state;

  const request = await ask('A cough on holiday');
  const card = page.getByRole('region', { name: /^Request from/ }).filter({ hasText: 'A cough on holiday' });
  await card.getByRole('button', { name: 'Allow' }).click();
  await expect.poll(() => state(request)).toBe('granted');
  expect((await getRequest(okafor, { id: request.id })).grant?.terms.subject.toLowerCase()).toBe(code.subject);

  const second = await ask('And once more');
  const other = page.getByRole('region', { name: /^Request from/ }).filter({ hasText: 'And once more' });
  await other.getByRole('button', { name: 'Refuse' }).click();
  await expect.poll(() => state(second)).toBe('denied');

  // After a reload it is still the child's page, and stopping still asks nothing.
  await page.reload();
  await band.getByText('Tomás').waitFor();
  const clicks = await countClicks(page);
  await page.getByRole('button', { name: /^Stop St\. Aldhelm/ }).click();
  await page.getByText('You stopped it').first().waitFor();
  expect(await clicks()).toBe(1);
  await goTo(page, '/activity');
  await page.getByRole('heading', { name: 'Who looked' }).waitFor();
  await band.getByText('Tomás').waitFor();
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);
});

test('behavior: what a mother may not do is said, and is not there; one tap leads back to her own', async () => {
  const { page, band, complaints } = await forTomas();
  for (const path of ['/account', '/account/helpers', '/account/helping']) {
    await goTo(page, path);
    await page.getByText('change what opens the account').waitFor();
    expect(await page.getByRole('button', { name: /Add a device|Ask for erasure|Choose and make/ }).count()).toBe(0);
  }
  expect(await axe(page)).toEqual([]);
  await band.getByRole('button', { name: 'Back to my own' }).click();
  await page.getByRole('heading', { name: 'Hello Rosa' }).waitFor();
  expect(await band.count()).toBe(0);
  await goTo(page, '/account');
  await page.getByRole('button', { name: 'Add a device' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'My account', level: 1 }).waitFor();
  expect(await band.count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('behavior: a daughter looks after her father; her own requests and his do not mix', async () => {
  const { page } = await signInAs('Maria', '/family', { size: PHONE });
  await page.getByRole('button', { name: 'Switch to Walter Grieve' }).click();
  await page.getByRole('heading', { name: 'Records of Walter Grieve' }).waitFor();
  await goTo(page, '/records');
  await page.getByRole('region', { name: 'Whose records these are' }).getByText('Walter Grieve').waitFor();
  await goTo(page, '/family');
  await page.getByRole('button', { name: 'Switch to Walter Grieve' }).waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Maria' }).waitFor();
});

test('default: a child is taken into the account by the desk’s code, once; a wrong code changes nothing', async () => {
  const { page } = await joined('Ana');
  const child = await newPatient('Kit');
  const code = await codeFor(child.id);
  await goTo(page, '/family');
  await page.getByText('Nobody yet').waitFor();
  await page.getByText('Add a child or a person you care for').click();
  await page.getByLabel('Code for this person').fill('ABCD-EFGH-JKMN-PQRS');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('This code does not work').waitFor();
  await page.getByText('Nobody yet').waitFor();
  await page.getByLabel('Code for this person').fill(code);
  await page.getByRole('button', { name: 'Add', exact: true }).dblclick();
  await page.getByText('Added. You can switch').waitFor();
  expect(await axe(page)).toEqual([]);
  expect(await page.getByRole('button', { name: /^Switch to/ }).count()).toBe(1);
  await page.getByRole('button', { name: `Switch to Kit ${child.family}` }).click();
  await page.getByRole('heading', { name: `Records of Kit ${child.family}` }).waitFor();
  await page.getByText('131 g/L').first().waitFor();
  // Signed out and in again, the child is still there.
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
  await goTo(page, '/sign-in');
  await page.getByRole('button', { name: 'Sign in with this device' }).click();
  await page.waitForURL('**/home');
  await goTo(page, '/family');
  await page.getByRole('button', { name: `Switch to Kit ${child.family}` }).waitFor();
});
