import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, equalBytes, fromBase64, fromBase64Url, fromUtf8, toBase64, toBase64Url, utf8 } from './bytes.ts';

describe('bytes', () => {
  test('default: base64 and base64url come back, and agree with Node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
        expect(equalBytes(fromBase64(toBase64(bytes)) as Uint8Array, bytes)).toBe(true);
        expect(equalBytes(fromBase64Url(toBase64Url(bytes)) as Uint8Array, bytes)).toBe(true);
      }),
    );
    expect(fromBase64(toBase64(new Uint8Array(100_000)))).toHaveLength(100_000);
  });

  test('behavior: texts and parts', () => {
    expect(fromUtf8(concat(utf8('João '), utf8('😀')))).toBe('João 😀');
  });

  test('error: a second spelling of the same bytes', () => {
    for (const text of ['QQ', 'QR==', 'QQ=', 'Q', 'QQ==\n', ' QQ==', 'Q-==']) expect(fromBase64(text)).toBeNull();
    for (const text of ['QR', 'Q', 'QQ==', 'Q+', 'QQ ']) expect(fromBase64Url(text)).toBeNull();
    expect(() => fromUtf8(Uint8Array.of(0xff))).toThrow(TypeError);
  });
});
