import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ABROAD, PHONE, signInAs } from '../testing/browser.ts';
import { newPatient } from '../testing/patients.ts';

type ReadQr = (data: Uint8ClampedArray, width: number, height: number) => { readonly data: string } | null;
interface WithReader {
  readonly jsQR: ReadQr;
}

/** Puts a reader of codes into the page: this Chromium has none. */
async function giveReader(page: Page): Promise<void> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('jsqr'), 'utf8'));
}

/** What a camera reads off the screen. */
async function scanned(page: Page, picture: Locator): Promise<string | undefined> {
  const bytes = [...(await picture.screenshot())];
  await giveReader(page);
  return page.evaluate(async (png) => {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(png)]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return (window as unknown as WithReader).jsQR(data, width, height)?.data;
  }, bytes);
}

test('default: a patient’s code and a helper’s are read off the screen as they are written below, in the dark too', async () => {
  const { page } = await signInAs('Devika', '/sharing', { size: PHONE, dark: true });
  await page.getByRole('button', { name: 'Show my code' }).click();
  const written = (await page.locator('main output[dir]').textContent()) ?? '';
  await expect.poll(() => scanned(page, page.getByRole('img', { name: 'Your code as a picture' }))).toBe(written);
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('link', { name: 'Choose who can help you' }).click();
  await page.getByRole('button', { name: 'Show my code' }).click();
  const code = (await page.locator('main output[dir]').textContent()) ?? '';
  await expect.poll(() => scanned(page, page.getByRole('img', { name: 'My code as a picture' }))).toBe(code);
});

test('default: the desk’s invitation is a link to scan', async () => {
  const { family } = await newPatient('Ed');
  const { page } = await signInAs('Owen Pryce', '/desk');
  await page.getByLabel('Find a patient').fill(family);
  await page.getByRole('button', { name: new RegExp(`Choose.*${family}`) }).click();
  await page.getByRole('button', { name: 'Make a code' }).click();
  const link = (await page.getByTestId('link').textContent()) ?? '';
  expect(await scanned(page, page.getByRole('img', { name: 'The link as a picture to scan' }))).toBe(link);
});

test('default: a clinician whose browser reads codes scans the patient’s; one whose browser does not sees a field only', async () => {
  const maria = await signInAs('Maria', '/sharing', { size: PHONE });
  await maria.page.getByRole('button', { name: 'Show my code' }).click();
  const written = (await maria.page.locator('main output[dir]').textContent()) ?? '';
  const picture = await maria.page.getByRole('img', { name: 'Your code as a picture' }).screenshot();

  const silva = await signInAs('Dr Inês Silva', '/patients', { at: ABROAD });
  await silva.page.evaluate(() => history.pushState({}, '', '/requests/new'));
  await silva.page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  await silva.page.getByLabel('Code that the patient shows').waitFor();
  expect(await silva.page.getByRole('button', { name: 'Scan with the camera' }).count()).toBe(0);

  // This Chromium has neither a reader of codes nor a camera: the one is given to it, in place of the other it looks at the patient's screen.
  const { page, complaints } = await signInAs('Dr Inês Silva', undefined, { at: ABROAD });
  await giveReader(page);
  await page.evaluate(
    (png) => {
      const draw = async (): Promise<MediaStream> => {
        const bitmap = await createImageBitmap(new Blob([new Uint8Array(png)]));
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [bitmap.width + 80, bitmap.height + 80];
        const again = (): void => {
          canvas.getContext('2d')?.drawImage(bitmap, 40, 40);
          requestAnimationFrame(again);
        };
        again();
        return canvas.captureStream();
      };
      navigator.mediaDevices.getUserMedia = draw;
      const read = (window as unknown as WithReader).jsQR;
      class Detector {
        async detect(video: HTMLVideoElement): Promise<{ rawValue: string }[]> {
          const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
          const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
          context.drawImage(video, 0, 0);
          const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
          const found = read(data, width, height);
          return found === null ? [] : [{ rawValue: found.data }];
        }
      }
      Object.assign(window, { BarcodeDetector: Detector });
      history.pushState({}, '', '/requests/new');
      dispatchEvent(new PopStateEvent('popstate'));
    },
    [...picture],
  );
  await page.getByRole('button', { name: 'Scan with the camera' }).click();
  await expect.poll(() => page.getByLabel('Code that the patient shows').inputValue()).toBe(written);
  expect(await page.locator('video').count()).toBe(0);
  expect(complaints).toEqual([]);
});
