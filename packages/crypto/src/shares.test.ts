import { utf8 } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { hpkeOpen, hpkeSeal } from './hpke.ts';
import { accountHpke, combineShares, splitSeed } from './shares.ts';
import { newSeed, seedCheck } from './subject.ts';

const locked = { code: 'account-locked' };

describe('shares', () => {
  test('default: any two of three give the seed back', async () => {
    const seed = newSeed();
    const { shares, check } = await splitSeed(seed);
    const [a, b, c] = shares;
    for (const two of [
      [a, b],
      [c, a],
      [b, c],
      [a, b, c],
    ])
      expect(await combineShares(two, check)).toEqual(seed);
  });

  test('behavior: a wrong share among right ones does no harm', async () => {
    const seed = newSeed();
    const { shares, check } = await splitSeed(seed);
    const [a, b] = shares;
    const old = (await splitSeed(seed)).shares;
    expect(await combineShares([...old.slice(0, 1), new Uint8Array(33), a, b], check)).toEqual(seed);
  });

  test('error: one alone, shares of two splits, of another seed, or changed', async () => {
    const seed = newSeed();
    const { shares, check } = await splitSeed(seed);
    const [a, b] = shares;
    const other = (await splitSeed(newSeed())).shares;
    const changed = Uint8Array.from(b);
    changed[0] = (changed[0] as number) ^ 1;
    for (const bad of [[], [a], [a, a], [a, other[1]], [a, changed], [a, new Uint8Array(0)]]) {
      await expect(combineShares(bad, check)).rejects.toMatchObject(locked);
    }
    await expect(combineShares([a, b], seedCheck(newSeed()))).rejects.toMatchObject(locked);
    await expect(splitSeed(new Uint8Array(31))).rejects.toMatchObject({ code: 'seed-malformed' });
  });

  test('behavior: an account has one HPKE key pair, from its seed', async () => {
    const seed = newSeed();
    const { publicKey, privateKey } = accountHpke(seed);
    expect(accountHpke(seed).publicKey).toEqual(publicKey);
    const sealed = await hpkeSeal(publicKey, utf8('share'), { info: 'test' });
    expect(await hpkeOpen(privateKey, sealed, { info: 'test' })).toEqual(utf8('share'));
    expect(accountHpke(newSeed()).publicKey).not.toEqual(publicKey);
  });
});
