import { fromPassphrase, newSeed, randomBytes } from '@anamnesis/crypto';
import { fromBase64Url } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { openAccountContents, sealAccountContents } from './accountFile.ts';
import { openAnyLock, openLock, organizationLock, passkeyLock, passphraseLock } from './locks.ts';

const locked = { code: 'account-locked' };

describe('locks', () => {
  test('default: a passkey, a passphrase and the organisation open the same seed', async () => {
    const [seed, prf] = [newSeed(), randomBytes(32)];
    const passkey = await passkeyLock(seed, 'credential', prf);
    const passphrase = await passphraseLock(seed, 'correct horse', 1024);
    const organization = await organizationLock(seed, 'St. Aldhelm Hospital');
    expect(await openLock(passkey.lock, prf)).toEqual(seed);
    if (passphrase.lock.kind !== 'passphrase') throw new Error('another kind');
    const { secret, verifier } = await fromPassphrase('correct horse', passphrase.lock.kdf);
    expect(await openLock(passphrase.lock, secret)).toEqual(seed);
    expect(verifier).toBe(passphrase.verifier);
    expect(await openLock(organization.lock, fromBase64Url(organization.secret ?? '') as Uint8Array)).toEqual(seed);
  });

  test('behavior: what signs in with a passphrase does not open its lock', async () => {
    const made = await passphraseLock(newSeed(), 'correct horse', 1024);
    await expect(openLock(made.lock, fromBase64Url(made.verifier ?? '') as Uint8Array)).rejects.toMatchObject(locked);
  });

  test('behavior: the first lock that opens counts; a passkey whose PRF changed opens nothing', async () => {
    const [seed, prf] = [newSeed(), randomBytes(32)];
    const [first, second] = [await passkeyLock(seed, 'a', randomBytes(32)), await passkeyLock(seed, 'b', prf)];
    expect(await openAnyLock([first.lock, second.lock], () => prf)).toEqual(seed);
    await expect(openAnyLock([first.lock, second.lock], () => randomBytes(32))).rejects.toMatchObject(locked);
    await expect(openAnyLock([first.lock], () => null)).rejects.toMatchObject(locked);
  });

  test('behavior: the contents open with the seed alone, refusals and children with them', async () => {
    const seed = newSeed();
    const child = {
      name: 'Tomás',
      kind: 'child' as const,
      seed: Buffer.from(newSeed()).toString('base64'),
      relations: [],
    };
    const contents = { name: 'Rosa', relations: [], dependants: [child], settings: { language: 'de' } };
    const file = await sealAccountContents(seed, contents);
    expect(JSON.stringify(file)).not.toMatch(/Rosa|Tom/);
    expect(await openAccountContents(seed, JSON.parse(JSON.stringify(file)))).toEqual(contents);
    await expect(openAccountContents(newSeed(), file)).rejects.toMatchObject(locked);
    await expect(sealAccountContents(seed, { ...contents, settings: { a: 'x'.repeat(3000) } })).rejects.toMatchObject({
      code: 'account-malformed',
    });
  });
});
