import { expect, test } from 'vitest';
import { axeEverywhere } from '../testing/axe.ts';
import { openPage, PHONE } from '../testing/browser.ts';
import { countClicks } from '../testing/clicks.ts';
import { addPasskeyDevice } from '../testing/passkey.ts';

test('default: the first page opens without a complaint, and asks nobody outside of the consortium', async () => {
  const { page, complaints, strangers } = await openPage('/');
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
  expect(complaints).toEqual([]);
  expect(strangers).toEqual([]);
});

test('default: axe finds nothing on the first page in any language, light or dark', async () => {
  const { page } = await openPage('/');
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  expect(await axeEverywhere(page)).toEqual([]);
});

test('behavior: Arabic reads from right to left', async () => {
  const { page } = await openPage('/', { language: 'ar' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await page.evaluate(() => [document.documentElement.dir, getComputedStyle(document.body).direction])).toEqual([
    'rtl',
    'rtl',
  ]);
});

test('behavior: nothing has to be scrolled sideways at 320 px', async () => {
  const { page } = await openPage('/', { size: { width: 320, height: 640 } });
  await page.getByRole('heading', { level: 1 }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});

test('default: a demo person is signed in by one click, and signs out', async () => {
  const { page, complaints } = await openPage('/', { size: PHONE });
  await page.getByRole('button', { name: 'Maria' }).waitFor();
  const clicks = await countClicks(page);
  await page.getByRole('button', { name: 'Maria' }).click();
  await page.waitForURL('**/home');
  expect(await clicks()).toBe(1);
  await page.getByText('Demo person').waitFor();
  expect(page.url()).toMatch(/\/home$/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
  expect(complaints).toEqual([]);
});

test('behavior: a reload keeps the session; nothing of it stands in clear anywhere', async () => {
  const { page } = await openPage('/');
  let secret = '';
  await page.route('**/auth/session', async (route) => {
    const response = await route.fetch();
    secret = ((await response.json()) as { token: string }).token;
    await route.fulfill({ response });
  });
  await page.getByRole('button', { name: 'Maria' }).click();
  await page.waitForURL('**/home');
  await page.reload();
  await page.getByText('Demo person').waitFor();
  expect(secret.length).toBeGreaterThan(20);
  const stored = await page.evaluate(async () => {
    const kept: unknown[] = [{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
      });
      for (const store of database.objectStoreNames) {
        const values = await new Promise<unknown[]>((resolve) => {
          const request = database.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => resolve(request.result);
        });
        for (const value of values) {
          if (value instanceof CryptoKey) kept.push({ extractable: value.extractable });
          else if (typeof value === 'object' && value !== null && 'bytes' in value)
            kept.push(new TextDecoder('latin1').decode(value.bytes as ArrayBuffer));
          else kept.push(value);
        }
      }
    }
    return JSON.stringify(kept);
  });
  expect(stored).not.toContain(secret);
  expect(stored).not.toContain('Maria');
  expect(stored).toContain('{"extractable":false}');
});

test('default: a page for others leads to the sign-in, and from there to where one wanted to go', async () => {
  const { page } = await openPage('/records');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByRole('button', { name: 'Maria' }).click();
  await page.waitForURL('**/records');
});

test('error: an address of elsewhere is not followed after a sign-in', async () => {
  const { page } = await openPage('/sign-in?to=//evil.example/');
  await page.getByRole('button', { name: 'Maria' }).click();
  await page.waitForURL('**/home');
});

test('error: an address that no page has is told, and leads home', async () => {
  const { page } = await openPage('/no-such-page');
  await page.getByRole('link', { name: 'To the first page' }).click();
  await page.getByRole('heading', { name: 'Anamnesis', level: 1 }).waitFor();
});

test('behavior: a device gives the same PRF output each time it is asked for a credential', async () => {
  const { page } = await openPage('/');
  const device = await addPasskeyDevice(page);
  const outputs = await page.evaluate(async () => {
    const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
    const made = (await navigator.credentials.create({
      publicKey: {
        challenge: random(32),
        rp: { name: 'here', id: location.hostname },
        user: { id: random(16), name: 'somebody', displayName: 'Somebody' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        extensions: { prf: {} },
      },
    })) as PublicKeyCredential;
    const ask = async () => {
      const got = (await navigator.credentials.get({
        publicKey: {
          challenge: random(32),
          rpId: location.hostname,
          allowCredentials: [{ type: 'public-key', id: made.rawId }],
          userVerification: 'required',
          extensions: { prf: { eval: { first: new Uint8Array(32).fill(7) } } },
        },
      })) as PublicKeyCredential;
      const first = got.getClientExtensionResults().prf?.results?.first as ArrayBuffer | undefined;
      return first === undefined ? null : [...new Uint8Array(first)].join();
    };
    return [await ask(), await ask()];
  });
  expect(outputs[0]).toMatch(/^(\d+,){31}\d+$/);
  expect(outputs[1]).toBe(outputs[0]);
  expect(await device.credentials()).toHaveLength(1);
});
