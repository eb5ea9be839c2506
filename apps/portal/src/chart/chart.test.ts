import { parseJson } from '@anamnesis/protocol';
import type { Resource } from '@anamnesis/sdk';
import { describe, expect, test } from 'vitest';
import { changeOf, latestResults, type Result, resultsOf, runsOf, trendOf, wordOf } from './result.ts';
import { dateText, detailOf, documentText, whenOf } from './text.ts';
import { visitsOf } from './visits.ts';
import { callBy, titleOf, wordsOf } from './words.ts';

const observation = (id: string, when: string, value: string, unit = 'mmol/L', more = ''): Resource =>
  parseJson(`{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"Potassium","coding":[{"system":"http://loinc.org","code":"2823-3"}]},
    "effectiveDateTime":"${when}","valueQuantity":{"value":${value},"unit":"${unit}"${more}},
    "referenceRange":[{"low":{"value":3.5},"high":{"value":5.0}}],"encounter":{"reference":"Encounter/e1"}}`) as Resource;
const encounter: Resource = {
  resourceType: 'Encounter',
  id: 'e1',
  period: { start: '2026-03-01T09:00:00Z' },
  type: [{ text: 'Check-up' }],
  serviceProvider: { display: 'St. Aldhelm' },
};

describe('results', () => {
  test('default: a value keeps its digits', () => {
    expect(resultsOf(observation('a', '2026-03-01', '4.50'))[0]?.text).toBe('4.50');
    expect(detailOf(observation('a', '2026-03-01', '4.50'))).toBe('4.50 mmol/L');
  });

  test.each([
    ['4.0', '', 'usual'],
    ['5.0', '', 'usual'],
    ['5.1', '', 'slightlyHigh'],
    ['5.6', '', 'high'],
    ['7.0', '', 'veryHigh'],
    ['3.4', '', 'slightlyLow'],
    ['2.5', '', 'low'],
    ['5.0', ',"comparator":">"', 'slightlyHigh'],
    ['3.5', ',"comparator":"<"', 'slightlyLow'],
  ])('default: of %s%s is said %s', (value, more, word) => {
    expect(wordOf(resultsOf(observation('a', '2026-03-01', value, 'mmol/L', more))[0] as Result)).toBe(word);
  });

  test('behavior: without a range nothing is judged', () => {
    const [result] = resultsOf({ ...observation('a', '2026-03-01', '9'), referenceRange: undefined });
    expect(wordOf(result as Result)).toBe('unknown');
  });

  test('error: what was entered in error is no result', () => {
    expect(resultsOf({ ...observation('a', '2026-03-01', '4'), status: 'entered-in-error' })).toEqual([]);
  });

  test('behavior: a trend goes by the time of collection; units are never joined or compared', () => {
    const all = [
      observation('c', '2026-05-01', '90', 'mg/L'),
      observation('b', '2026-04-01', '4.4'),
      observation('a', '2026-03-01', '4.1'),
    ];
    const trend = trendOf(all, 'http://loinc.org|2823-3');
    expect(trend.map(({ resource }) => resource.id)).toEqual(['a', 'b', 'c']);
    expect(runsOf(trend).map((run) => run.length)).toEqual([2, 1]);
    expect([0, 1, 2].map((at) => changeOf(trend, at))).toEqual([null, 'up', null]);
    expect(latestResults(all).map(({ result, count }) => [result.text, count])).toEqual([['90', 3]]);
  });
});

describe('the timeline', () => {
  test('default: what belongs to a visit stands with it; the rest stands by its day; newest first', () => {
    const flu: Resource = {
      resourceType: 'Immunization',
      id: 'i',
      occurrenceDateTime: '2026-09-01',
      vaccineCode: { text: 'Flu vaccine' },
    };
    const visits = visitsOf([observation('a', '2026-03-01T09:10:00Z', '4'), encounter, flu]);
    expect(visits.map(({ title, place, items }) => [title, place, items.map(titleOf)])).toEqual([
      [undefined, undefined, ['Flu vaccine']],
      ['Check-up', 'St. Aldhelm', ['Potassium']],
    ]);
  });

  test('error: a record of which nothing is as expected is shown all the same', () => {
    const odd = {
      resourceType: 'Observation',
      id: 'x',
      code: 'text',
      component: 7,
      encounter: [null],
      meta: { lastUpdated: '2026-01-01' },
    } as Resource;
    expect(visitsOf([odd])).toHaveLength(1);
    expect([titleOf(odd), detailOf(odd), whenOf(odd), resultsOf(odd)]).toEqual([
      undefined,
      undefined,
      '2026-01-01',
      [],
    ]);
  });
});

describe('words', () => {
  test('behavior: what came from elsewhere is called as at home, by its code; what home has no word for keeps its own', () => {
    const coded = (code: string, text: string): Resource => ({
      resourceType: 'Observation',
      id: text,
      code: { coding: [{ system: 'http://loinc.org', code }], text },
      valueQuantity: { value: 120, unit: 'mmHg' },
    });
    const elsewhere = [coded('8480-6', 'Tensão máxima'), coded('8867-4', 'Frequência cardíaca')];
    callBy(wordsOf([coded('8480-6', 'Upper pressure')]), elsewhere);
    expect(elsewhere.map(titleOf)).toEqual(['Upper pressure', 'Frequência cardíaca']);
    expect(elsewhere.flatMap(resultsOf).map(({ name }) => name)).toEqual(['Upper pressure', 'Frequência cardíaca']);
    // A code without a system is nobody's.
    const bare = (text: string): Resource => ({ resourceType: 'Observation', code: { coding: [{ code: '1' }], text } });
    const foreign = bare('ECG');
    callBy(wordsOf([bare('Weight')]), [foreign]);
    expect(titleOf(foreign)).toBe('ECG');
  });

  test('default: a date says as much as is known', () => {
    expect(dateText('2016', 'en')).toBe('2016');
    expect(dateText('2016-09', 'en')).toBe('Sep 2016');
    expect(dateText('2016-09-20', 'de')).toBe('20. Sept. 2016');
    expect(dateText('soon', 'en')).toBe('soon');
  });

  test('behavior: of a document only plain text is shown', () => {
    const document = (contentType: string, data: string): Resource => ({
      resourceType: 'DocumentReference',
      content: [{ attachment: { contentType, data } }],
    });
    expect(documentText(document('text/plain; charset=utf-8', btoa('Seen.')))).toBe('Seen.');
    expect(documentText(document('text/html', btoa('<b>x</b>')))).toBeUndefined();
    expect(documentText(document('text/plain', '***'))).toBeUndefined();
  });
});
