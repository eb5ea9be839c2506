import { expect, test } from 'vitest';
import { freshBytes } from './envelope.ts';

test('default: of each length, across many fillings, no bytes come twice and none are left empty', () => {
  for (const length of [12, 16, 32, 5000]) {
    const given = Array.from({ length: 2000 }, () => Buffer.from(freshBytes(length)).toString('hex'));
    expect(given.every((one) => one.length === 2 * length)).toBe(true);
    expect(new Set(given).size).toBe(given.length);
    // No half of twelve bytes is zero but once in 2^48.
    expect(given.some((one) => /^(?:00){6}|(?:00){6}$/.test(one))).toBe(false);
  }
});

test('behavior: what was given is its receiver’s alone', () => {
  const first = freshBytes(32);
  const copy = Uint8Array.from(first);
  for (let at = 0; at < 500; at++) freshBytes(32).fill(0);
  expect(first).toEqual(copy);
});
