import { describe, expect, test } from 'vitest';
import { accountOfCode, digitsIn } from './guardians.ts';

describe('digits that are heard', () => {
  test.each([
    ['024 060', '024060'],
    ['٠٢٤ ٠٦٠', '024060'],
    ['०२४-९६०', '024960'],
    ['zero', ''],
  ])('default: %s is %s in whatever script it is typed', (typed, digits) => {
    expect(digitsIn(typed)).toBe(digits);
  });
});

describe("a helper's code", () => {
  test('default: names an account', () => {
    expect(accountOfCode(`${'a'.repeat(22)}.${'b'.repeat(43)} `)).toBe('a'.repeat(22));
  });

  test.each(['', 'a.b', `${'a'.repeat(22)}.${'b'.repeat(42)}`, `${'a'.repeat(22)}${'b'.repeat(44)}`])(
    'error: %s names none',
    (code) => {
      expect(accountOfCode(code)).toBeNull();
    },
  );
});
