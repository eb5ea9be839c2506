import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppServer, serveApp, text } from '../../testing/app-server.ts';
import { registerApp } from '../../testing/smart-app.ts';
import { fillSmartNode, HALE, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { startWorld, type World } from '../../testing/world.ts';

/** An app as its maker would write it: two pages and the public fhirclient library. */
const LIBRARY = createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.js');
const page = (script: string): string =>
  `<!doctype html><title>Growth Chart</title><p id="seen">…</p><script src="/fhir-client.js"></script><script>${script}</script>`;
const launchPage = (client: string, scope: string, iss?: string): string =>
  page(
    `FHIR.oauth2.authorize(${JSON.stringify({ clientId: client, scope, redirectUri: '/app.html', ...(iss && { iss }) })});`,
  );
const APP = page(`
  FHIR.oauth2.ready().then(async (client) => {
    const patient = await client.patient.read();
    const observations = await client.request('Observation', { flat: true });
    const conditions = await client.request('Condition').then((bundle) => bundle.entry.length, (error) => String(error.status ?? error.statusCode));
    const { scope, need_patient_banner } = client.state.tokenResponse;
    document.querySelector('#seen').textContent = JSON.stringify({
      family: patient.name[0].family, observations: observations.length, conditions, scope, need_patient_banner, user: client.user.fhirUser,
    });
  }).catch((error) => { document.querySelector('#seen').textContent = JSON.stringify({ error: String(error) }); });
`);

let world: World;
let node: SmartNode;
let browser: Browser;
let app: AppServer;
const launches = new Map<string, string>();

beforeAll(async () => {
  world = await startWorld();
  node = await startSmartNode(world);
  await fillSmartNode(node);
  browser = await chromium.launch({
    executablePath: await sparticuz.executablePath(),
    // One process for everything, as its makers set it, ends with the first window that is closed.
    args: sparticuz.args.filter((arg) => !['--single-process', '--no-zygote'].includes(arg)),
    headless: true,
  });
  app = await serveApp({
    '/fhir-client.js': text('text/javascript', await readFile(LIBRARY, 'utf8')),
    '/launch.html': (request, response) => text('text/html', launches.get('ehr') ?? '')(request, response),
    '/standalone.html': (request, response) => text('text/html', launches.get('standalone') ?? '')(request, response),
    '/app.html': text('text/html', APP),
  });
  const { id } = await registerApp(node, {
    redirectUris: [`${app.origin}/app.html`],
    launchUrl: `${app.origin}/launch.html`,
  });
  const records = 'patient/Patient.rs patient/Observation.rs patient/Condition.cruds';
  launches.set('id', id);
  launches.set('ehr', launchPage(id, `openid fhirUser launch ${records}`));
  launches.set('standalone', launchPage(id, `openid fhirUser launch/patient ${records}`, node.base));
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await node?.stop();
  await world?.stop();
});

const seenBy = async (at: Page): Promise<Record<string, unknown>> => {
  await at.waitForFunction(() => document.querySelector('#seen')?.textContent?.startsWith('{'));
  return JSON.parse((await at.textContent('#seen')) ?? '{}') as Record<string, unknown>;
};

/** A window with what the browser complained about. */
async function openWindow(): Promise<{ context: BrowserContext; at: Page; complaints: string[] }> {
  const context = await browser.newContext();
  const at = await context.newPage();
  const complaints: string[] = [];
  at.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  return { context, at, complaints };
}

describe('a browser', () => {
  test('default: a launch from a record; what the clinician takes out, the app does not get', async () => {
    const made = await node.api('launch', { patient: 'maria', app: launches.get('id') }, 'clinician');
    const { url } = (await made.json()) as { url: string };
    const { context, at, complaints } = await openWindow();
    await at.goto(url);
    await at.getByRole('button', { name: 'Dr Hale' }).click();
    expect(await at.textContent('main')).toContain('maria Santos');
    await at.getByLabel('See: problems and diagnoses').uncheck();
    await at.getByLabel('Add, change, delete: problems and diagnoses').uncheck();
    expect(complaints).toEqual([]);
    await at.getByRole('button', { name: 'Allow' }).click();
    expect(await seenBy(at)).toEqual({
      family: 'Santos',
      observations: 2,
      conditions: '403',
      scope: 'openid fhirUser launch patient/Patient.rs patient/Observation.rs',
      need_patient_banner: false,
      user: 'Practitioner/hale',
    });
    expect(at.url()).not.toContain('launch=');
    await context.close();
  }, 60_000);

  test('behavior: a standalone launch; the clinician finds the patient', async () => {
    const { context, at } = await openWindow();
    await at.goto(`${app.origin}/standalone.html`);
    await at.getByRole('button', { name: 'Dr Hale' }).click();
    await at.getByLabel('Name').fill('okaf');
    await at.getByRole('button', { name: 'Find' }).click();
    await at.getByLabel('john Okafor').check();
    await at.getByRole('button', { name: 'Choose' }).click();
    await at.getByRole('button', { name: 'Allow' }).click();
    expect(await seenBy(at)).toMatchObject({
      family: 'Okafor',
      observations: 2,
      conditions: 1,
      need_patient_banner: true,
    });
    await context.close();
  }, 60_000);

  test('behavior: an invitation becomes a passkey, with which she signs in; the code counts once', async () => {
    const user = await node.api('users', HALE, 'operator');
    const { id } = (await user.json()) as { id: string };
    const invitation = await node.api(`users/${id}/invitations`, {}, 'operator');
    const { code, address } = (await invitation.json()) as { code: string; address: string };
    const { context, at, complaints } = await openWindow();
    const devtools = await context.newCDPSession(at);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await at.goto(address);
    await at.getByLabel('Code of your invitation').fill(code);
    await at.getByRole('button', { name: 'Go on' }).click();
    await at.getByRole('button', { name: 'Make a passkey' }).click();
    await at.getByRole('heading', { name: 'Your passkey is made' }).waitFor();
    expect(at.url()).not.toContain(code);

    await at.goto(`${app.origin}/standalone.html`);
    await at.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await at.getByRole('heading', { name: 'Choose a patient' }).waitFor();
    expect(complaints).toEqual([]);

    await at.goto(address);
    await at.getByLabel('Code of your invitation').fill(code);
    await at.getByRole('button', { name: 'Go on' }).click();
    expect(await at.textContent('[role=alert]')).toContain('was used');
    await context.close();
  }, 60_000);
});
