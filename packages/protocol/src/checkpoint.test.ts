import { describe, expect, test } from 'vitest';
import { toBase64 } from './bytes.ts';
import { checkpointOrigin, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { emptyRoot } from './merkle/index.ts';

const origin = checkpointOrigin({
  chainId: 31337,
  checkpoints: '0xAbCdEf0123456789aBcDeF0123456789abcdef01',
  organization: 1,
  log: 'records',
});
const root = emptyRoot();

describe('checkpoint', () => {
  test('default: three lines, there and back', () => {
    const body = formatCheckpoint({ origin, size: 20852163, root });
    expect(body).toBe(
      `anamnesis/31337/0xabcdef0123456789abcdef0123456789abcdef01/1/records\n20852163\n${toBase64(root)}\n`,
    );
    expect(parseCheckpoint(body)).toEqual({ origin, size: 20852163, root });
    expect(parseCheckpoint(`${body}an extension\n`).size).toBe(20852163);
  });

  test.each([
    ['nothing', ''],
    ['no last newline', `o\n1\n${toBase64(root)}`],
    ['an empty line', `o\n1\n${toBase64(root)}\n\n`],
    ['a size with a leading zero', `o\n01\n${toBase64(root)}\n`],
    ['a size beyond 2^53', `o\n9007199254740993\n${toBase64(root)}\n`],
    ['a negative size', `o\n-1\n${toBase64(root)}\n`],
    ['a root that is no base64', `o\n1\n${'?'.repeat(44)}\n`],
    ['a root too short', 'o\n1\nAAAA\n'],
  ])('error: %s', (_, body) => {
    expect(() => parseCheckpoint(body)).toThrow(expect.objectContaining({ code: 'checkpoint-malformed' }));
  });

  test('error: what no note can hold', () => {
    for (const change of [{ origin: 'a\nb' }, { origin: '' }, { size: -1 }, { root: root.subarray(1) }]) {
      expect(() => formatCheckpoint({ origin, size: 1, root, ...change })).toThrow('A checkpoint must be three lines');
    }
  });
});
