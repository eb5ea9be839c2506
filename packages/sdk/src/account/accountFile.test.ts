import { newSeed, wrapSeed } from '@anamnesis/crypto';
import { describe, expect, test } from 'vitest';
import { openAccountFile, sealAccountFile } from './accountFile.ts';

const CONTENTS = {
  name: 'Maria',
  relations: [
    {
      chainId: 31_337,
      organization: 1,
      name: 'St. Aldhelm Hospital',
      node: 'http://127.0.0.1:8101',
      contracts: { consents: `0x${'3'.repeat(40)}`, subjects: `0x${'2'.repeat(40)}` },
      generation: 0,
      subject: null,
      epoch: 0,
      nextIndex: 1,
      consents: [],
    },
  ],
} as const;

describe('account file', () => {
  test('default: comes back whole, and the file tells nothing of what is in it', async () => {
    const seed = newSeed();
    const file = await sealAccountFile(seed, await wrapSeed(seed, 'correct horse', 1024), CONTENTS);
    expect(JSON.stringify(file)).not.toMatch(/Maria|Aldhelm|8101/);
    expect(await openAccountFile(JSON.parse(JSON.stringify(file)), 'correct horse')).toMatchObject({
      seed,
      contents: CONTENTS,
    });
  });

  test('error: another passphrase, a changed file, another seed, no file', async () => {
    const seed = newSeed();
    const account = await wrapSeed(seed, 'correct horse', 1024);
    const file = await sealAccountFile(seed, account, CONTENTS);
    const locked = { code: 'account-locked' };
    await expect(openAccountFile(file, 'wrong')).rejects.toMatchObject(locked);
    await expect(
      openAccountFile(
        { ...file, contents: file.contents.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) },
        'correct horse',
      ),
    ).rejects.toMatchObject(locked);
    const other = await sealAccountFile(newSeed(), account, CONTENTS);
    await expect(openAccountFile(other, 'correct horse')).rejects.toMatchObject(locked);
    await expect(openAccountFile({ format: 'zip' }, 'x')).rejects.toMatchObject({ code: 'account-malformed' });
  });
});
