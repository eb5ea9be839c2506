import { describe, expect, test } from 'vitest';
import { unwrapSeed, wrapSeed } from './account.ts';
import { newSeed, seedCheck } from './subject.ts';

const CHEAP = 2 ** 10;
const locked = { code: 'account-locked' };

describe('account', () => {
  test('default: the passphrase opens it, through JSON', async () => {
    const seed = newSeed();
    const wrapped = await wrapSeed(seed, 'correct horse', CHEAP);
    expect(await unwrapSeed(JSON.parse(JSON.stringify(wrapped)), 'correct horse')).toEqual(seed);
    expect(JSON.stringify(wrapped)).not.toContain(Buffer.from(seed).toString('base64'));
  });

  test('behavior: a passphrase is the same however its accents are typed', async () => {
    const wrapped = await wrapSeed(newSeed(), 'cora\u00e7\u00e3o', CHEAP);
    await expect(unwrapSeed(wrapped, 'corac\u0327a\u0303o')).resolves.toHaveLength(32);
  });

  test('error: another passphrase', async () => {
    const wrapped = await wrapSeed(newSeed(), 'correct horse', CHEAP);
    await expect(unwrapSeed(wrapped, 'correct horse ')).rejects.toMatchObject(locked);
    await expect(unwrapSeed(wrapped, '')).rejects.toMatchObject(locked);
  });

  test('error: a changed file never gives a seed', async () => {
    const wrapped = await wrapSeed(newSeed(), 'x', CHEAP);
    const other = await wrapSeed(newSeed(), 'x', CHEAP);
    for (const changed of [
      { ...wrapped, check: seedCheck(newSeed()) },
      { ...wrapped, iv: other.iv },
      { ...wrapped, ciphertext: other.ciphertext },
      { ...wrapped, kdf: { ...wrapped.kdf, N: 2 * CHEAP } },
      { ...wrapped, kdf: other.kdf },
    ]) {
      await expect(unwrapSeed(changed, 'x')).rejects.toMatchObject(locked);
    }
  });

  test('error: what is no account file, or would cost too much to open', async () => {
    const wrapped = await wrapSeed(newSeed(), 'x', CHEAP);
    for (const bad of [
      null,
      {},
      { ...wrapped, format: 'anamnesis-account/2' },
      { ...wrapped, kdf: { ...wrapped.kdf, N: 2 ** 21 } },
      { ...wrapped, kdf: { ...wrapped.kdf, N: 1000 } },
      { ...wrapped, kdf: { ...wrapped.kdf, r: 1024 } },
      { ...wrapped, iv: '****************' },
      { ...wrapped, more: 1 },
    ]) {
      await expect(unwrapSeed(bad, 'x')).rejects.toMatchObject({ code: 'account-malformed' });
    }
    await expect(wrapSeed(new Uint8Array(31), 'x', CHEAP)).rejects.toMatchObject({ code: 'seed-malformed' });
  });
});
