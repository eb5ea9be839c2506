import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { DESKTOP, goTo, PHONE } from '../testing/browser.ts';
import { scrollThrough } from '../testing/frames.ts';
import { writeHistory } from '../testing/history.ts';
import { joined } from '../testing/patients.ts';
import { settled } from '../testing/settled.ts';

test('x', async () => {
  const { page, patient, context } = await joined('Longa');
  await writeHistory(patient, 3400, 2);
  const cdp = await context.newCDPSession(page);
  for (const [name, size] of Object.entries({ phone: PHONE, desk: DESKTOP })) {
    await page.setViewportSize(size);
    for (const step of [130, 500]) {
      await goTo(page, '/home');
      await settled(page);
      await goTo(page, '/records');
      await page.locator('main ol > li').first().waitFor();
      await settled(page);
      console.log(name, step, JSON.stringify(await scrollThrough(page, step)));
    }
    await goTo(page, '/home');
    await settled(page);
    await goTo(page, '/records');
    await page.locator('main ol > li').first().waitFor();
    await settled(page);
    await cdp.send('Profiler.enable');
    await cdp.send('Profiler.setSamplingInterval', { interval: 500 });
    await cdp.send('Profiler.start');
    console.log(name, 'profiled', JSON.stringify(await scrollThrough(page, 500)));
    const { profile } = await cdp.send('Profiler.stop');
    writeFileSync(`/tmp/scroll-${name}.cpuprofile`, JSON.stringify(profile));
  }
}, 600000);
