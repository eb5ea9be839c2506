import { describe, expect, test } from 'vitest';
import { visualOrder } from './visual-order.ts';

const pieces = (line: string): string[] => visualOrder(line).map(({ text }) => text);

describe('visualOrder', () => {
  test('default: from left to right a line is one piece', () => {
    expect(visualOrder('Dr Inês Silva')).toEqual([{ text: 'Dr Inês Silva', rtl: false }]);
    expect(visualOrder('')).toEqual([]);
  });

  test('behavior: words from right to left stand in turned order, their letters as they are read', () => {
    expect(pieces('ليلى حسن')).toEqual(['حسن', ' ', 'ليلى']);
    expect(pieces('דוד לוי')).toEqual(['לוי', ' ', 'דוד']);
    expect(visualOrder('ליאת')).toEqual([{ text: 'ליאת', rtl: true }]);
  });

  test('behavior: mixed lines: names among Latin words, numbers among Arabic ones, brackets turned', () => {
    expect(pieces('Dr ليلى حسن (TREAT)')).toEqual(['Dr ', 'حسن', ' ', 'ليلى', ' (TREAT)']);
    expect(pieces('غرفة 12 أ').join('|')).toBe('أ| |12| |غرفة');
    expect(pieces('(דוד)')).toEqual(['(', 'דוד', ')']);
    expect(pieces('א(ב)ג').join('')).toBe('א)ב(ג');
  });
});
