import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatShareCode, readShareCode } from './shareCode.ts';

const subject = '0x52908400098527886e0f7030069857d2e4169ee7';

describe('share codes', () => {
  test('default: what is written is read, in any case and spacing', () => {
    const code = formatShareCode({ custodian: 1, subject });
    expect(code).toMatch(/^([0-9A-Z]{6}-){7}$|^([0-9A-Z]{6}-){6,7}[0-9A-Z]{1,6}$/);
    expect(readShareCode(` ${code.toLowerCase().replaceAll('-', ' ')} `)).toEqual({ custodian: 1, subject });
  });

  test('behavior: every code comes back', () => {
    const address = fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), address, (custodian, of) => {
        expect(readShareCode(formatShareCode({ custodian, subject: of }))).toEqual({ custodian, subject: of });
      }),
    );
  });

  test('error: a slip is found', () => {
    const code = formatShareCode({ custodian: 1, subject });
    const slip = code.replace(/.$/, (last) => (last === '0' ? '8' : '0'));
    for (const wrong of ['', 'ABC', `${code}0`, slip, code.slice(1), '🙂'])
      expect(() => readShareCode(wrong)).toThrow(expect.objectContaining({ code: 'share-code-malformed' }));
  });
});
