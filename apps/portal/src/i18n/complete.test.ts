import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGES } from '../app/i18n.ts';

const HERE = import.meta.dirname;
const SOURCE = join(HERE, '..');
const languages = Object.keys(LANGUAGES);
const features = readdirSync(HERE, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
);

function textsOf(feature: string, language: string): Record<string, string> {
  return JSON.parse(readFileSync(join(HERE, feature, `${language}.json`), 'utf8')) as Record<string, string>;
}

const PLURAL = /_(zero|one|two|few|many|other)$/;
const base = (key: string): string => key.replace(PLURAL, '');
const bases = (texts: Record<string, string>): string[] => [...new Set(Object.keys(texts).map(base))].sort();
const placeholders = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\{(\w+)/g)].map(([, name = '']) => name))].sort();

describe.each(features)('the words of %s', (feature) => {
  const english = textsOf(feature, 'en');

  test.each(languages)('default: %s says everything that English says, with every plural form it has', (language) => {
    const texts = textsOf(feature, language);
    expect(bases(texts)).toEqual(bases(english));
    const plurals = new Set(
      Object.keys(english)
        .filter((key) => PLURAL.test(key))
        .map(base),
    );
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const key of plurals)
      expect(
        forms.filter((form) => texts[`${key}_${form}`] === undefined),
        key,
      ).toEqual([]);
    expect(Object.entries(texts).filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  test.each(languages.filter((language) => language !== 'en'))(
    'behavior: %s fills in what English fills in',
    (language) => {
      const texts = textsOf(feature, language);
      // A form for one, two or none may say it in words.
      const counted = Object.entries(texts).filter(([key]) => !/_(zero|one|two)$/.test(key));
      for (const [key, text] of counted) {
        const model = english[key] ?? english[`${base(key)}_other`] ?? '';
        expect(placeholders(text), key).toEqual(placeholders(model));
      }
    },
  );
});

/** Pages that use words: `useTranslation('feature')`, then `t('key')`, `t(`kind.${…}`)` for one of several. */
const pages = (readdirSync(SOURCE, { recursive: true }) as string[]).filter((name) => name.endsWith('.tsx'));

test.each(pages)('default: every word that %s asks for exists', (name) => {
  const text = readFileSync(join(SOURCE, name), 'utf8');
  const own = /useTranslation\(\s*\[?\s*'(\w+)'/.exec(text)?.[1] ?? 'common';
  const missing: string[] = [];
  for (const [, key = ''] of text.matchAll(/\bt\(\s*'([^']+)'/g)) {
    if (!exists(own, key)) missing.push(key);
  }
  // Of a key with a part that is known only at run time, the known beginning has to lead somewhere.
  for (const [, start = ''] of text.matchAll(/\bt\(\s*`([^`$]+)\$\{/g)) {
    if (!begins(own, start)) missing.push(`${start}…`);
  }
  expect(missing, relative(SOURCE, name)).toEqual([]);
});

function locate(own: string, key: string): [Record<string, string>, string] {
  const [feature, rest] = key.includes(':') ? (key.split(':') as [string, string]) : [own, key];
  return [features.includes(feature) ? textsOf(feature, 'en') : {}, rest];
}

function exists(own: string, key: string): boolean {
  const [texts, rest] = locate(own, key);
  return bases(texts).includes(rest) || Object.hasOwn(texts, rest);
}

function begins(own: string, start: string): boolean {
  const [texts, rest] = locate(own, start);
  return rest === '' || Object.keys(texts).some((key) => key.startsWith(rest));
}
