import { describe, expect, test } from 'vitest';
import { canonicalUnit, inBaseUnits } from './ucum.ts';

const value = (amount: number, unit: string): [number, string] | null => {
  const canonical = canonicalUnit(unit);
  return canonical && [inBaseUnits(canonical, amount), canonical.base];
};

describe('UCUM', () => {
  test.each([
    [63, 'kg', 63_000, 'g'],
    [5.4, 'mg/dL', 0.054 * 1000, 'g.m-3'],
    [54, 'mg/L', 54, 'g.m-3'],
    [54, 'ug/mL', 54, 'g.m-3'],
    [5, 'mmol/L', 5, 'm-3.mol'],
    [120, 'mm[Hg]', 15_998_640, 'g.m-1.s-2'],
    [37, 'Cel', 310.15, 'K'],
    [98.6, '[degF]', 310.15, 'K'],
    [6, '[ft_i]', 1.8288, 'm'],
    [6, '10*3/uL', 6e12, 'm-3'],
    [6, '10*9/L', 6e12, 'm-3'],
    [4, '{cells}/uL', 4e9, 'm-3'],
    [72, '/min', 1.2, 's-1'],
    [72, '{beats}/min', 1.2, 's-1'],
    [24.1, 'kg/m2', 24_100, 'g.m-2'],
    [90, 'mL/min/{1.73_m2}', 1.5e-6, 'm3.s-1'],
    [40, 'U/L', 0.000666666666667, 'm-3.mol.s-1'],
    [50, '%', 0.5, '1'],
    [5, 'm[IU]/L', 5, 'iU.m-3'],
    [1, '{score}', 1, '1'],
    [2, 'wk', 1_209_600, 's'],
  ])('behavior: %d %s is %d %s', (amount, unit, expected, base) => {
    const [found, dimension] = value(amount, unit) ?? [];
    expect(dimension).toBe(base);
    expect(found).toBeCloseTo(expected, 12);
  });

  test.each(['', 'kilo', 'mg per dL', '(mg/dL)', 'min(kg', 'x'.repeat(80), 'kmin', '__proto__', '[constructor]'])(
    'error: %j is no unit that is understood',
    (unit) => expect(canonicalUnit(unit)).toBeNull(),
  );

  test('behavior: hostile codes take no time', () => {
    for (const code of [
      '['.repeat(60),
      '{'.repeat(60),
      './'.repeat(30),
      '[a'.repeat(30),
      'm.'.repeat(30),
      `${'a'.repeat(59)}[`,
    ])
      canonicalUnit(code);
  });
});
