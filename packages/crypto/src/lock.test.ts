import { describe, expect, test } from 'vitest';
import { openSeed, sealSeed } from './lock.ts';
import { randomBytes } from './random.ts';
import { newSeed, seedCheck } from './subject.ts';

const locked = { code: 'account-locked' };

describe('lock', () => {
  test('default: the same secret opens it, through JSON', async () => {
    const [seed, secret] = [newSeed(), randomBytes(32)];
    const sealed = await sealSeed('passkey', secret, seed);
    expect(await openSeed('passkey', secret, JSON.parse(JSON.stringify(sealed)))).toEqual(seed);
    expect(JSON.stringify(sealed)).not.toContain(Buffer.from(seed).toString('base64'));
  });

  test('error: another secret, kind, or a changed lock opens nothing', async () => {
    const [seed, secret] = [newSeed(), randomBytes(32)];
    const sealed = await sealSeed('passkey', secret, seed);
    const other = await sealSeed('passkey', secret, newSeed());
    await expect(openSeed('passkey', randomBytes(32), sealed)).rejects.toMatchObject(locked);
    await expect(openSeed('organization', secret, sealed)).rejects.toMatchObject(locked);
    for (const changed of [
      { ...sealed, iv: other.iv },
      { ...sealed, ciphertext: other.ciphertext },
      { ...sealed, check: other.check },
      { ...sealed, check: seedCheck(newSeed()) },
    ]) {
      await expect(openSeed('passkey', secret, changed)).rejects.toMatchObject(locked);
    }
  });

  test('error: what is no lock, secret or seed', async () => {
    const secret = randomBytes(32);
    const sealed = await sealSeed('passkey', secret, newSeed());
    for (const bad of [
      null,
      {},
      { ...sealed, more: 1 },
      { ...sealed, format: 'x' },
      { ...sealed, iv: '****************' },
    ]) {
      await expect(openSeed('passkey', secret, bad)).rejects.toMatchObject({ code: 'lock-malformed' });
    }
    await expect(openSeed('passkey', secret.slice(1), sealed)).rejects.toMatchObject({ code: 'lock-malformed' });
    await expect(sealSeed('passkey', secret, new Uint8Array(31))).rejects.toMatchObject({ code: 'seed-malformed' });
  });
});
