import { describe, expect, test } from 'vitest';
import { resourceTypes, searchParametersOf } from '../definitions.ts';
import { compileExpression, holds, walk } from './expression.ts';
import { fold } from './fold.ts';
import { indexResource } from './index.ts';
import { dateInterval, numberInterval } from './intervals.ts';
import { parameterId, parametersOf } from './parameters.ts';
import { parseReference } from './references.ts';

function valuesOf(type: string, expression: string, resource: unknown): unknown[] {
  const compiled = compileExpression(type, expression);
  const values: unknown[] = [];
  if ('paths' in compiled) for (const path of compiled.paths) walk(resource, path, (value) => values.push(value));
  return values;
}

describe('expression', () => {
  test('default: all 1,378 official parameters compile for each of their types', () => {
    let compiled = 0;
    for (const type of resourceTypes()) {
      for (const { code, expression, kind } of ['Resource', 'DomainResource', type].flatMap(searchParametersOf)) {
        if (expression === '' || kind === 'composite') continue;
        const result = compileExpression(type, expression);
        if ('paths' in result && result.paths.length === 0) throw new Error(`${type}.${code} compiles to nothing`);
        compiled++;
      }
    }
    expect(compiled).toBeGreaterThan(2400);
  });

  test.each([
    ['Observation.value.ofType(Quantity)', [{ value: 1 }]],
    ['(Observation.value as Quantity) | Observation.status', [{ value: 1 }, 'final']],
    ['Observation.component.code', ['c1', 'c2']],
    ['Observation.component[1].code', ['c2']],
    ["Observation.extension.where(url = 'u').value", ['x']],
    ["Observation.extension('u').value", ['x']],
    ['Patient.name', []],
    ['(Observation.code.text)', ['t']],
  ])('behavior: %s', (expression, expected) => {
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 't' },
      valueQuantity: { value: 1 },
      component: [{ code: 'c1' }, { code: 'c2' }],
      extension: [
        { url: 'u', valueString: 'x' },
        { url: 'v', valueString: 'y' },
      ],
    };
    expect(valuesOf('Observation', expression, observation)).toEqual(expected);
  });

  test('behavior: a truth test', () => {
    const compiled = compileExpression('Patient', 'Patient.deceased.exists() and Patient.deceased != false');
    if (!('allOf' in compiled)) throw new TypeError('Not a truth test');
    expect(holds({ deceasedBoolean: true }, compiled.allOf)).toBe(true);
    expect(holds({ deceasedDateTime: '2020' }, compiled.allOf)).toBe(true);
    expect(holds({ deceasedBoolean: false }, compiled.allOf)).toBe(false);
    expect(holds({}, compiled.allOf)).toBe(false);
  });

  test('error: FHIRPath beyond search expressions', () => {
    expect(() => compileExpression('Patient', 'Patient.name.first()')).toThrow(TypeError);
    expect(() => compileExpression('Patient', 'Patient.name;')).toThrow(TypeError);
  });
});

describe('parameters', () => {
  test('default: no two official parameters share a number', () => {
    const owners = new Map<number, string>();
    for (const type of resourceTypes()) {
      for (const code of parametersOf(type).keys()) {
        for (const name of [code, `${code}:identifier`]) {
          const id = parameterId(type, name);
          expect(owners.get(id) ?? `${type}.${name}`).toBe(`${type}.${name}`);
          owners.set(id, `${type}.${name}`);
        }
      }
    }
  });

  test('behavior: what other parameters say already is not stored twice', () => {
    const of = (code: string) => parametersOf('Observation').get(code);
    expect([of('patient')?.ids, of('patient')?.only]).toEqual([of('subject')?.ids, 'Patient']);
    expect(of('combo-code')?.ids.toSorted()).toEqual(
      [parameterId('Observation', 'code'), parameterId('Observation', 'component-code')].toSorted(),
    );
    for (const type of resourceTypes()) {
      const owned = new Set([...parametersOf(type).values()].flatMap((own) => (own.expression ? own.ids : [])));
      for (const { code, expression, ids } of parametersOf(type).values()) {
        if (!expression && ids.length > 0 && !code.startsWith('_')) expect(ids.every((id) => owned.has(id))).toBe(true);
      }
    }
  });
});

describe('index rows', () => {
  test('default', () => {
    const rows = indexResource({
      resourceType: 'Observation',
      id: 'o',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8480-6', display: 'Systolic' }], text: 'Pression' },
      subject: { reference: 'Patient/p/_history/3' },
      effectivePeriod: { start: '2020' },
      valueQuantity: { value: 120, comparator: '<', unit: 'mmHg' },
    });
    const id = (code: string) => parameterId('Observation', code);
    expect(rows.tokens).toEqual([
      { param: id('code'), system: 'http://loinc.org', code: '8480-6', text: '\nsystolic\npression', element: null },
      { param: id('status'), system: null, code: 'final', text: null, element: null },
    ]);
    expect(rows.references).toEqual([{ param: id('subject'), targetType: 'Patient', targetId: 'p', element: null }]);
    expect(rows.dates).toEqual([{ param: id('date'), low: Date.UTC(2020, 0, 1), high: Date.UTC(10000, 0, 1) - 1 }]);
    expect(rows.quantities).toEqual([
      {
        param: id('value-quantity'),
        ...{ low: -Infinity, high: 120, system: '', code: '', unit: 'mmHg' },
        ...{ element: null, base: null, baseLow: null, baseHigh: null },
      },
    ]);
  });

  test('behavior: content of the wrong shape gives no rows and no error', () => {
    const wrong = {
      resourceType: 'Observation',
      code: [[null]],
      subject: 3,
      effectiveDateTime: {},
      component: [null, 1],
      status: null,
    };
    expect(indexResource(wrong)).toEqual({
      tokens: [],
      strings: [],
      dates: [],
      quantities: [],
      references: [],
      others: [],
    });
  });
});

describe('forms', () => {
  test.each([
    ['Conceição', 'conceicao'],
    ['  SØREN\tŁuk ', 'soren luk'],
    ['Straße', 'strasse'],
    ['a\0b', 'a b'],
    ['Ελένη', 'ελενη'],
  ])('behavior: %j is folded to %j', (text, folded) => expect(fold(text)).toBe(folded));

  test.each([
    ['2018', '2018-01-01T00:00:00.000Z', '2018-12-31T23:59:59.999Z'],
    ['2020-02', '2020-02-01T00:00:00.000Z', '2020-02-29T23:59:59.999Z'],
    ['2018-05-01T10:00Z', '2018-05-01T10:00:00.000Z', '2018-05-01T10:00:59.999Z'],
    ['2018-05-01T10:00:00+02:00', '2018-05-01T08:00:00.000Z', '2018-05-01T08:00:00.999Z'],
    ['2018-05-01T10:00:00.25Z', '2018-05-01T10:00:00.250Z', '2018-05-01T10:00:00.259Z'],
  ])('behavior: the date %s covers %s to %s', (text, low, high) => {
    expect(dateInterval(text)).toEqual({ low: Date.parse(low), high: Date.parse(high) });
  });

  test.each(['', '18', '2018-13', '2019-02-29', '0000', '2018-05-01T25:00', 'now'])('error: %j is no date', (text) =>
    expect(dateInterval(text)).toBeNull(),
  );

  test('behavior: a number stands for what its digits leave open', () => {
    expect(numberInterval('100')).toEqual({ value: 100, low: 99.5, high: 100.5 });
    expect(numberInterval('5.40')).toEqual({ value: 5.4, low: 5.395, high: 5.405 });
    expect(numberInterval('1e2')).toEqual({ value: 100, low: 50, high: 150 });
    for (const text of ['', 'x', '1e9999', '--1']) expect(numberInterval(text)).toBeNull();
  });

  test('behavior: references', () => {
    expect(parseReference('Patient/1/_history/2')).toEqual({ targetType: 'Patient', targetId: '1' });
    expect(parseReference('https://x/Patient/1')).toEqual({ targetType: '', targetId: 'https://x/Patient/1' });
    expect(parseReference('Robot/1')).toEqual({ targetType: '', targetId: 'Robot/1' });
    expect(parseReference('#contained')).toBeNull();
  });
});
