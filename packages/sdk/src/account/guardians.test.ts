import { newSeed, seedCheck } from '@anamnesis/crypto';
import { toBase64Url } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { generateHpkeKeyPair } from '../index.ts';
import { guardianCode, makeGuardians, openShare, readSheet, recoverSeed, sealToDevice } from './guardians.ts';

const id = (byte: number): string => toBase64Url(new Uint8Array(16).fill(byte));

describe('recovery sheet', () => {
  test('default: copied by hand in any case and spacing it gives the seed with one other part', async () => {
    const [seed, sister, device] = [newSeed(), newSeed(), await generateHpkeKeyPair()];
    const guardians = [guardianCode(id(2), sister)];
    const { toSet, sheet } = await makeGuardians(seed, { account: id(1), name: 'Maria', guardians });
    expect(sheet).toMatch(/^([0-9A-Z]{6}-)+[0-9A-Z]{1,6}$/);
    const written = ` ${sheet.toLowerCase().replaceAll('-', ' ')}\n`;
    expect(readSheet(written).account).toBe(id(1));
    const { share } = await openShare(sister, { account: id(1), sealed: toSet.guardians[0]?.sealed ?? '' });
    const recovery = { id: 'r1', newKey: toBase64Url(device.publicKey) };
    const sealed = [await sealToDevice(share, recovery)];
    expect(await recoverSeed(device.privateKey, { recovery, sealed, sheet: written, check: seedCheck(seed) })).toEqual(
      seed,
    );
  });

  test('error: a slip, half of it, and a code of another kind', async () => {
    const { sheet } = await makeGuardians(newSeed(), { account: id(1), name: 'Maria', guardians: [] });
    const slip = sheet.replace(/^./, (first) => (first === '7' ? '8' : '7'));
    for (const wrong of ['', slip, sheet.slice(0, 40), `${sheet}0`, guardianCode(id(2), newSeed())])
      expect(() => readSheet(wrong)).toThrow(expect.objectContaining({ code: 'account-malformed' }));
  });
});
