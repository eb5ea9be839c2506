import { describe, expect, test } from 'vitest';
import { takeIndex } from './takeIndex.ts';

type Counted = { nextIndex: number; spent?: readonly number[]; consents: readonly { terms: { index: number } }[] };
const fresh: Counted = { nextIndex: 0, consents: [] };

function take(count: number, from: Counted = fresh): { indexes: number[]; relation: Counted } {
  const indexes: number[] = [];
  let relation = from;
  for (let at = 0; at < count; at++) {
    const taken = takeIndex(relation);
    indexes.push(taken.index);
    relation = taken.relation;
  }
  return { indexes, relation };
}

describe('takeIndex', () => {
  test('default: numbers of one random word, none twice, so that one act refuses all of them', () => {
    const { indexes } = take(100);
    expect(new Set(indexes).size).toBe(100);
    expect(new Set(indexes.map((index) => Math.floor(index / 256))).size).toBe(1);
    expect(Math.max(...indexes)).toBeLessThan(2 ** 32);
  });

  test('behavior: a number tells nothing of how many there were: neither word nor place grows', () => {
    const first = Array.from({ length: 200 }, () => take(1).indexes[0] as number);
    const tenth = Array.from({ length: 200 }, () => take(10).indexes[9] as number);
    const mean = (numbers: number[]) => numbers.reduce((sum, one) => sum + (one % 256), 0) / numbers.length;
    // Each mean of 200 even draws from 0..255 is within 127.5 ± 31 (six standard errors).
    for (const drawn of [first, tenth]) expect(Math.abs(mean(drawn) - 127.5)).toBeLessThan(31);
    expect(new Set(first.map((index) => Math.floor(index / 256))).size).toBeGreaterThan(195);
  });

  test('behavior: a full word is followed by another; hundreds never meet', () => {
    const { indexes } = take(600);
    expect(new Set(indexes).size).toBe(600);
    expect(new Set(indexes.map((index) => Math.floor(index / 256))).size).toBe(4);
  });

  test('behavior: what an earlier version counted off, and what consents use, is not taken again', () => {
    const terms = { index: 2_560 };
    const old: Counted = { nextIndex: 2_700, spent: [2_700], consents: [{ terms }] };
    const { indexes } = take(150, old);
    expect(indexes.every((index) => index > 2_700)).toBe(true);
  });
});
