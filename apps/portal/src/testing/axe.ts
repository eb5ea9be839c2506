import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { LANGUAGES } from '../app/i18n.ts';

const SOURCE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let source: Promise<string> | undefined;

/** WCAG 2.2 A and AA, and what axe's makers recommend. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

declare global {
  interface Window {
    axe?: { run(context: Document, options: object): Promise<{ violations: Violation[] }> };
  }
}

/** What axe finds on the page as it is: nothing is what a test expects. One line for each kind, with the first place. */
export async function axe(page: Page, rules?: readonly string[]): Promise<string[]> {
  source ??= readFile(SOURCE, 'utf8');
  const text = await source;
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(text);
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: TAGS };
  const violations = await page.evaluate(async (only) => {
    if (window.axe === undefined) throw new Error('axe did not load');
    return (await window.axe.run(document, { runOnly: only, resultTypes: ['violations'] })).violations;
  }, runOnly);
  return violations.map(({ id, nodes }) => {
    const [first] = nodes;
    return `${id}: ${nodes.length} × such as ${first?.target.join(' ')}: ${first?.failureSummary?.split('\n').slice(1, 2).join('').trim()}`;
  });
}

/** The page in every language in light, in dark too, and the contrasts of dark in Arabic, whose letters are others; each finding says where. */
export async function axeEverywhere(page: Page): Promise<string[]> {
  const found: string[] = [];
  const look = async (where: string, rules?: readonly string[]) =>
    found.push(...(await axe(page, rules)).map((line) => `${where}: ${line}`));
  for (const language of Object.keys(LANGUAGES)) {
    await chooseLanguage(page, language);
    await look(language);
  }
  await chooseScheme(page, 'dark');
  await look('ar, dark', ['color-contrast', 'target-size']);
  await chooseLanguage(page, 'en');
  await look('dark');
  await chooseScheme(page, 'light');
  return found;
}

/** By the system's setting. */
async function chooseScheme(page: Page, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.waitForFunction((wanted) => document.documentElement.dataset.mantineColorScheme === wanted, scheme);
}

/** By the page's own control. */
export async function chooseLanguage(page: Page, language: string): Promise<void> {
  await page.locator('header select').selectOption(language);
  // The document is told when all words are there (app/i18n.ts).
  await page.waitForFunction((code) => document.documentElement.lang === code, language);
}
