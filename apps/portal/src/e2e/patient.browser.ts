import { expect, test } from 'vitest';
import { goTo, HOME, openPage, PHONE, signInAs, stage } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';

interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [key: string]: unknown;
}

/** A request at Maria's home, as its staff or engines make it. */
async function fhir(
  role: string,
  path: string,
  body?: object,
): Promise<Resource & { entry?: { resource: Resource }[] }> {
  const response = await fetch(`${HOME}/fhir/R4/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${stage.tokens['st-aldhelm']?.[role]}`,
      'content-type': 'application/fhir+json',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.ok, path).toBe(true);
  return (await response.json()) as Resource;
}

/** Another patient of the demonstration, so that Maria's records stay as they are. */
async function devika(): Promise<{ readonly id: string }> {
  const found = await fhir('clinician', 'Patient?given=Devika');
  return { id: found.entry?.[0]?.resource.id ?? '' };
}

test('default: one trend in two clicks, with a sentence before it and a table beneath', async () => {
  const { page, complaints, strangers } = await signInAs('Maria', undefined, { size: PHONE });
  await page.getByRole('heading', { name: 'Hello Maria' }).waitFor();
  const clicks = await countClicks(page);
  await page.getByRole('link', { name: 'Upper pressure' }).click();
  await page.getByRole('heading', { name: 'Blood pressure', level: 1 }).waitFor();
  expect(await clicks()).toBeLessThanOrEqual(2);
  const lower = page.getByRole('table', { name: 'Lower pressure' });
  // What was measured in Lisbon is among it.
  await lower.getByText('Hospital da Luz Nova').waitFor();
  await page.getByText(/^Upper pressure: Now 129 mmHg, up from 128 mmHg\.$/).waitFor();
  await page.locator('figure svg').first().waitFor();
  expect(await lower.getByRole('row').count()).toBe(35);
  expect(page.url()).not.toMatch(/85354|8480|pressure/i);
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);
});

test('default: the timeline goes by visit, newest first; each item says what, from whom, and that it is sealed', async () => {
  const { page } = await signInAs('Maria', '/records');
  // The bill for the visit in Lisbon is the newest, below it the visit, below that the one after the fall.
  await page.locator('main section').filter({ hasText: 'Bills and insurance' }).first().waitFor();
  await page.locator('main section').filter({ hasText: 'Dr Inês Silva' }).waitFor();
  const text = (await page.getByRole('main').textContent()) ?? '';
  const order = ['Bills and insurance', 'Dr Inês Silva', 'Dr Thomas Okafor'].map((one) => text.indexOf(one));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  const visit = page.locator('main section').filter({ hasText: 'Dr Thomas Okafor · St. Aldhelm Hospital' }).first();
  await visit.getByRole('heading', { name: 'Emergency visit' }).waitFor();
  await visit.getByText('Dr Thomas Okafor · St. Aldhelm Hospital').waitFor();
  const item = visit.getByRole('listitem').filter({ hasText: 'Haemoglobin' });
  await item.getByText('Usual · 128 g/L').waitFor();
  await item.getByText('Sealed').waitFor();
});

test('behavior: words stand before colours, in the language of the reader', async () => {
  const { page } = await signInAs('Maria', '/records/results', { language: 'de' });
  const item = page.getByRole('listitem').filter({ hasText: 'Haemoglobin' });
  await item.getByText('Üblich 128 g/L').waitFor();
  await item.getByText('Üblich sind 115 bis 165 g/L').waitFor();
});

test('behavior: the whole timeline can be reached, a part at a time', async () => {
  const { page } = await signInAs('Maria', '/records');
  await page.locator('main section').first().waitFor();
  const last = () => page.locator('main ol > li').last();
  const first = await last().getAttribute('aria-posinset');
  expect(Number(first)).toBeLessThanOrEqual(60);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect.poll(() => last().evaluate((item) => item.ariaPosInSet === item.ariaSetSize)).toBe(true);
});

test('default: a record is proved in the browser, which asks the ledger itself', async () => {
  const { page, complaints } = await signInAs('Maria', '/records/results');
  const asked: string[] = [];
  page.on('request', (request) => void (request.url().startsWith(stage.rpcUrl) && asked.push(request.url())));
  await page.getByRole('link', { name: 'Haemoglobin' }).click();
  await page.getByRole('button', { name: 'Proof' }).click();
  await page.getByText('This record is exactly what was written.').waitFor();
  expect(asked.length).toBeGreaterThan(0);
  expect(complaints).toEqual([]);
});

test('error: a record that was changed behind the back of the node is told', async () => {
  const { id: patient } = await devika();
  const found = await fhir('clinician', `Observation?patient=${patient}&_count=1`);
  const id = found.entry?.[0]?.resource.id ?? '';
  const tampered = await fetch(`${stage.control}/tamper`, {
    method: 'POST',
    body: JSON.stringify({ node: 'st-aldhelm', reference: `Observation/${id}/_history/1` }),
  });
  expect(tampered.status).toBe(204);
  const { page } = await signInAs('Devika', `/records/Observation/${id}`);
  await page.getByRole('button', { name: 'Proof' }).click();
  await page.getByText('This record is not what was sealed.').waitFor();
});

test('error: markup in a record is text', async () => {
  const { id: patient } = await devika();
  const hostile = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
  const { id } = await fhir('integrator', 'Observation', {
    resourceType: 'Observation',
    status: 'final',
    code: { text: hostile },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-11-22T10:00:00Z',
    valueString: hostile,
    note: [{ text: hostile }],
    text: { status: 'additional', div: `<div xmlns="http://www.w3.org/1999/xhtml"><b>narrative</b></div>` },
  });
  const { page, complaints } = await signInAs('Devika', '/records');
  await page.getByRole('link', { name: hostile }).click();
  await page.getByRole('heading', { name: hostile }).waitFor();
  expect(await page.title()).toBe('Anamnesis');
  expect(await page.locator('main img, main script').count()).toBe(0);
  expect(page.url()).toContain(`/records/Observation/${id}`);
  expect(complaints).toEqual([]);
});

test('error: a record that is not there is told, and the page goes on', async () => {
  const { page } = await signInAs('Maria', '/records/Observation/not-there');
  await page.getByText('Not found').waitFor();
  await page.getByRole('link', { name: 'Home' }).click();
  await page.getByRole('heading', { name: 'Hello Maria' }).waitFor();
});

test('error: without a connection what is there stays readable, and the page says so', async () => {
  const { page, context } = await signInAs('Maria', '/records');
  await page.getByRole('heading', { name: 'Emergency visit' }).first().waitFor();
  await context.setOffline(true);
  await page.getByText('You are offline.').waitFor();
  expect(await page.getByRole('heading', { name: 'Emergency visit' }).first().isVisible()).toBe(true);
  await context.setOffline(false);
  await page.getByText('You are offline.').waitFor({ state: 'detached' });
});

test('behavior: with the keyboard alone from the first page to a record', async () => {
  const { page } = await openPage('/');
  await page.getByRole('button', { name: 'Maria' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Hello Maria' }).waitFor();
  await goTo(page, '/records');
  await page.locator('main li a').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the page');
  await page.locator('main li a').first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Proof' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});
