import { describe, expect, test } from 'vitest';
import {
  ACTIONS,
  CATEGORIES,
  EMERGENCY_REASONS,
  isNameOf,
  maskOf,
  maskOfAll,
  nameOf,
  namesOf,
  numberOf,
  PURPOSES,
  ROLES,
  SENSITIVE,
  streamOf,
} from './codes.ts';

describe('codes', () => {
  test('default: names become a mask and come back in the order of the table', () => {
    const mask = maskOf(CATEGORIES, ['laboratory', 'allergies']);
    expect(mask).toBe(2 ** 7 + 2 ** 3);
    expect(namesOf(CATEGORIES, mask)).toEqual(['allergies', 'laboratory']);
    expect(maskOf(CATEGORIES, [])).toBe(0);
    expect(namesOf(CATEGORIES, 0)).toEqual([]);
  });

  test('behavior: roles have the bits that the Directory contract gives them', () => {
    expect(ROLES.map((role) => role.name)).toEqual([
      'provider',
      'laboratory',
      'pharmacy',
      'payer',
      'sponsor',
      'ethics-board',
      'data-monitor',
      'regulator',
    ]);
    expect(ROLES.map((role) => role.bit)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([streamOf('records'), streamOf('access')]).toEqual([0, 1]);
  });

  test('behavior: every table fits its type in the terms, and no resource type is in two categories', () => {
    expect(Math.max(...SENSITIVE.map((code) => code.bit), ...ACTIONS.map((code) => code.bit))).toBeLessThan(16);
    // Masks are stored as 32-bit integers with a sign, so the top bit stays free.
    expect(Math.max(...CATEGORIES.map((code) => code.bit), ...PURPOSES.map((code) => code.bit))).toBeLessThan(31);
    const types = CATEGORIES.flatMap((category): readonly string[] => category.types);
    expect(new Set(types).size).toBe(types.length);
  });

  test('behavior: a mask of all names has every one', () => {
    expect(namesOf(ACTIONS, maskOfAll(ACTIONS))).toEqual(['read', 'contribute']);
    expect(isNameOf(PURPOSES, 'TREAT')).toBe(true);
    expect(isNameOf(PURPOSES, 'treat')).toBe(false);
  });

  test('error: an unknown name or bit', () => {
    expect(() => maskOf(PURPOSES, ['MARKETING'])).toThrow(expect.objectContaining({ code: 'code-unknown' }));
    expect(() => namesOf(ACTIONS, 4)).toThrow('no bit 2');
    for (const mask of [-1, 2 ** 32, 0.5, Number.NaN]) {
      expect(() => namesOf(CATEGORIES, mask)).toThrow(expect.objectContaining({ code: 'code-unknown' }));
    }
  });

  test('default: numbered codes, of which the Consents contract knows how many reasons there are', () => {
    expect(EMERGENCY_REASONS.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(numberOf(EMERGENCY_REASONS, 'no-capacity')).toBe(3);
    expect(nameOf(EMERGENCY_REASONS, 3)).toBe('no-capacity');
    const unknown = expect.objectContaining({ code: 'code-unknown' });
    expect(() => nameOf(EMERGENCY_REASONS, 6)).toThrow(unknown);
    expect(() => numberOf(EMERGENCY_REASONS, 'curiosity' as 'disaster')).toThrow(unknown);
  });
});
