import { newSeed } from '@anamnesis/crypto';
import { toBase64 } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { type AccountContents, openAccountContents, type Relation, sealAccountContents } from './accountFile.ts';
import { contentsForNewSeed, relationSigner, rotatedRelation, seedOf } from './rotate.ts';

const relation = (organization: number): Relation => ({
  ...{ chainId: 31_337, organization, name: `Organisation ${organization}`, node: 'http://127.0.0.1:8101' },
  contracts: { consents: `0x${'3'.repeat(40)}`, subjects: `0x${'2'.repeat(40)}` },
  ...{ generation: 0, subject: null, epoch: 0, nextIndex: 0, consents: [] },
});
const at = ({ relations }: { readonly relations: readonly Relation[] }, organization: number): Relation =>
  relations.find((one) => one.organization === organization) as Relation;
const keyAt = (seed: Uint8Array, of: { readonly relations: readonly Relation[] }, organization: number) =>
  relationSigner(seedOf(seed, at(of, organization)), at(of, organization));

describe('an account for a new seed', () => {
  const [first, second, third, childSeed] = [newSeed(), newSeed(), newSeed(), newSeed()];
  const child = {
    name: 'Kit',
    kind: 'child' as const,
    seed: toBase64(childSeed),
    relations: [relation(1), relation(2)],
  };
  const before: AccountContents = {
    name: 'Maria',
    relations: [relation(1), relation(2), relation(3)],
    dependants: [child],
  };

  test('default: home has the new key at once; elsewhere, and for the people cared for, the key of before counts until it is rotated', async () => {
    const contents = contentsForNewSeed({ seed: first, contents: before }, [1]);
    expect(await openAccountContents(second, await sealAccountContents(second, contents))).toEqual(contents);
    expect(keyAt(second, contents, 1).signer.address).toBe(
      keyAt(second, { relations: [relation(1)] }, 1).signer.address,
    );
    expect(keyAt(second, contents, 1).subject).toBe(keyAt(first, before, 1).subject);
    expect(keyAt(second, contents, 2)).toMatchObject({ subject: keyAt(first, before, 2).subject });
    expect(keyAt(second, contents, 2).signer.address).toBe(keyAt(first, before, 2).signer.address);

    const [kit] = contents.dependants ?? [];
    if (kit === undefined) throw new Error('The child is gone');
    expect(kit.seed).not.toBe(child.seed);
    const kitSeed = Uint8Array.from(Buffer.from(kit.seed, 'base64'));
    expect(keyAt(kitSeed, kit, 1).signer.address).toBe(keyAt(childSeed, child, 1).signer.address);
    const rotated = { relations: [rotatedRelation(seedOf(kitSeed, at(kit, 1)), at(kit, 1)), at(kit, 2)] };
    expect(keyAt(kitSeed, rotated, 1).subject).toBe(keyAt(childSeed, child, 1).subject);
    expect(keyAt(kitSeed, rotated, 1).signer.address).not.toBe(keyAt(childSeed, child, 1).signer.address);
    expect(at(rotated, 1)).not.toHaveProperty('keySeed');
  });

  test('behavior: a second recovery before all is rotated loses no key, and what was sealed to any earlier seed still opens', () => {
    const once = contentsForNewSeed({ seed: first, contents: before }, [1]);
    // In between the second place was rotated, the third was not.
    const done = once.relations.map((one) =>
      one.organization === 2 ? rotatedRelation(seedOf(second, one), one) : one,
    );
    const twice = contentsForNewSeed({ seed: second, contents: { ...once, relations: done } }, [1]);
    expect(keyAt(third, twice, 2).signer.address).toBe(keyAt(second, { relations: done }, 2).signer.address);
    expect(keyAt(third, twice, 3).signer.address).toBe(keyAt(first, before, 3).signer.address);
    expect(keyAt(third, twice, 3).subject).toBe(keyAt(first, before, 3).subject);
    const [kit] = twice.dependants ?? [];
    expect(kit && keyAt(newSeed(), kit, 2).signer.address).toBe(keyAt(childSeed, child, 2).signer.address);
    expect(twice.previousSeeds).toEqual([toBase64(first), toBase64(second)]);
  });
});
