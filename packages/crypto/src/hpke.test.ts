import { fromUtf8, utf8 } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { generateHpkeKeyPair, hpkeOpen, hpkeSeal } from './hpke.ts';

const binding = { info: 'anamnesis/release/v1', aad: utf8('request 1') };

describe('hpke', () => {
  test('default: only the holder of the private key reads it', async () => {
    const pair = await generateHpkeKeyPair();
    expect([pair.publicKey.length, pair.privateKey.length]).toEqual([32, 32]);
    const sealed = await hpkeSeal(pair.publicKey, utf8('a record'), binding);
    expect(sealed).toHaveLength(32 + 8 + 16);
    expect(fromUtf8(await hpkeOpen(pair.privateKey, sealed, binding))).toBe('a record');
    expect(await hpkeSeal(pair.publicKey, utf8('a record'), binding)).not.toEqual(sealed);
  });

  test('error: another key, purpose or place, a changed or cut text', async () => {
    const pair = await generateHpkeKeyPair();
    const other = await generateHpkeKeyPair();
    const sealed = await hpkeSeal(pair.publicKey, utf8('a record'), binding);
    const unreadable = { code: 'hpke-unreadable' };
    await expect(hpkeOpen(other.privateKey, sealed, binding)).rejects.toMatchObject(unreadable);
    await expect(hpkeOpen(pair.privateKey, sealed, { ...binding, info: 'other' })).rejects.toMatchObject(unreadable);
    await expect(hpkeOpen(pair.privateKey, sealed, { info: binding.info })).rejects.toMatchObject(unreadable);
    for (const at of [0, 31, 32, 40, sealed.length - 1]) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      await expect(hpkeOpen(pair.privateKey, changed, binding)).rejects.toMatchObject(unreadable);
      await expect(hpkeOpen(pair.privateKey, sealed.subarray(0, at), binding)).rejects.toMatchObject(unreadable);
    }
  });

  test('error: a key that is none', async () => {
    const malformed = { code: 'hpke-key-malformed' };
    await expect(hpkeSeal(new Uint8Array(31), utf8('x'), binding)).rejects.toMatchObject(malformed);
    await expect(hpkeOpen(new Uint8Array(33), new Uint8Array(60), binding)).rejects.toMatchObject(malformed);
  });
});
