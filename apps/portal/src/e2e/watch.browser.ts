import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenedPage, openPage } from '../testing/browser.ts';
import { keyboard } from '../testing/keyboard.ts';
import { motion } from '../testing/motion.ts';
import { settled } from '../testing/settled.ts';

/** The sweep is worth what it notices: each flaw is put into a page that has none. */
const FLAWS: readonly { readonly flaw: string; readonly markup: string; readonly found: string }[] = [
  {
    flaw: 'a control that Tab passes by',
    markup: '<button tabindex="-1">Go</button>',
    found: 'not come to: button “Go”',
  },
  {
    flaw: 'something for a mouse only',
    markup: '<div class="flaw-pointed">Go</div>',
    found: 'for a mouse only: div “Go”',
  },
  {
    flaw: 'an order of its own',
    markup: '<button tabindex="-1" id="first">First</button><button data-on="first">Second</button>',
    found: 'order: button “First” comes after button “Second”',
  },
  {
    flaw: 'a focus that does not show',
    markup: '<button class="flaw-plain">Go</button>',
    found: 'focus does not show: button “Go”',
  },
  {
    flaw: 'a control below something else',
    markup: '<button>Go</button><p class="flaw-over"></p>',
    found: 'out of sight or covered: button “Go”',
  },
  {
    flaw: 'a control outside of the window',
    markup: '<button class="flaw-away">Go</button>',
    found: 'out of sight or covered: button “Go”',
  },
  {
    flaw: 'a place without a way on',
    markup: '<button id="trap" data-on="trap">Go</button><button>On</button>',
    found: 'no way on from: button “Go”',
  },
  { flaw: 'a transition', markup: '<p class="flaw-slow">Go</p>', found: 'transition: p.flaw-slow' },
  { flaw: 'an animation', markup: '<p class="flaw-moving">Go</p>', found: 'moves: p.flaw-moving' },
];
const SHEET = `
  .flaw-pointed { cursor: pointer }
  .flaw-plain:focus { outline: none }
  .flaw-over { position: fixed; inset: 0 }
  .flaw-away { position: fixed; top: -100px }
  .flaw-slow { transition: opacity 1s }
  @keyframes flaw { from { opacity: 0 } }
  .flaw-moving { animation: flaw 1s infinite }
`;

let opened: OpenedPage;
beforeAll(async () => {
  opened = await openPage('/', { lasts: true });
  await settled(opened.page);
  // Not an element: the policy of the page lets no style in.
  await opened.page.evaluate((rules) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    document.adoptedStyleSheets.push(sheet);
    addEventListener('keydown', (event) => {
      const { on } = (event.target as HTMLElement).dataset;
      if (on === undefined) return;
      event.preventDefault();
      document.getElementById(on)?.focus();
    });
  }, SHEET);
});
afterAll(() => opened.context.close());

const look = async () => [...(await motion(opened.page)), ...(await keyboard(opened.page))];

test('default: a page without a flaw passes', async () => {
  expect(await look()).toEqual([]);
});

test.each(FLAWS)('error: $flaw is found', async ({ markup, found }) => {
  const { page } = opened;
  await page.evaluate((text) => {
    const place = Object.assign(document.createElement('div'), { id: 'flaw', innerHTML: text });
    document.querySelector('main')?.append(place);
  }, markup);
  const all = await look();
  await page.evaluate(() => document.querySelector('#flaw')?.remove());
  expect(all.join('\n')).toContain(found);
});
