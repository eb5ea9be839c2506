import { describe, expect, test } from 'vitest';
import { encodeEntries, parseTilePath, tilePath, tilesOf } from './tiles.ts';

describe('tiles', () => {
  test('default: the examples of the specification', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067');
    expect(tilePath({ level: 'entries', index: 0, width: 17 })).toBe('tile/entries/000.p/17');
    // A tree of 70,000: 273 full tiles and one of 112, one full tile and one of 17, one of 1.
    const tiles = [...tilesOf(70_000)];
    const widths = (level: number) => tiles.filter((tile) => tile.level === level).map(({ width }) => width);
    expect(widths(0)).toEqual([...Array(273).fill(256), 112]);
    expect(widths(1)).toEqual([256, 17]);
    expect(widths(2)).toEqual([1]);
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ]);
    expect([...tilesOf(0)]).toEqual([]);
  });

  test('behavior: every path reads back; every other spelling is none', () => {
    for (const index of [0, 1, 999, 1_000, 1_234_067, 999_999_999]) {
      for (const width of [1, 255, 256]) {
        for (const level of [0, 7, 63, 'entries'] as const) {
          expect(parseTilePath(tilePath({ level, index, width }).slice(5))).toEqual({ level, index, width });
        }
      }
    }
    for (const bad of [
      '',
      '0',
      '0/1',
      '0/0001',
      '00/001',
      '64/001',
      '0/x000/001',
      '0/001.p/0',
      '0/001.p/256',
      '0/001.p/01',
    ])
      expect(parseTilePath(bad)).toBeNull();
    for (const bad of ['entries/1', 'x/001', '0/001/', '0/001.p/', '-1/001', `0/${'x999/'.repeat(9)}999`])
      expect(parseTilePath(bad)).toBeNull();
  });

  test('behavior: entries carry their lengths', () => {
    const bundle = encodeEntries([new Uint8Array(2).fill(7), new Uint8Array(0)]);
    expect([...bundle]).toEqual([0, 2, 7, 7, 0, 0]);
  });
});
