import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Hex, hexToBytes } from 'viem';
import { describe, expect, test } from 'vitest';
import { newSeed, type SubjectPath, seedCheck, subjectAccount, subjectPrivateKey } from './subject.ts';

interface Case extends Required<SubjectPath> {
  seed: Hex;
  seedCheck: Hex;
  privateKey: Hex;
  address: Hex;
}
const { cases } = JSON.parse(readFileSync(new URL('../../../spec/vectors/subjects.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

describe('subject', () => {
  test('default: the vectors of spec/vectors/subjects.json', () => {
    for (const { seed, seedCheck: check, privateKey, address, ...path } of cases) {
      const bytes = hexToBytes(seed);
      expect(subjectPrivateKey(bytes, path)).toBe(privateKey);
      expect(subjectAccount(bytes, path).address).toBe(address);
      expect(seedCheck(bytes)).toBe(check);
    }
    expect(new Set(cases.map((one) => one.address)).size).toBe(cases.length);
  });

  test('behavior: the derivation, said a second time with node:crypto', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    for (const { seed, chainId, organization, generation, privateKey } of cases) {
      const info = Buffer.alloc(16);
      info.writeBigUInt64BE(BigInt(chainId), 0);
      info.writeUInt32BE(organization, 8);
      info.writeUInt32BE(generation, 12);
      const material = Buffer.from(hkdfSync('sha256', hexToBytes(seed), 'anamnesis/subject/v1', info, 48));
      const scalar = (BigInt(`0x${material.toString('hex')}`) % (order - 1n)) + 1n;
      expect(BigInt(privateKey)).toBe(scalar);
    }
  });

  test('behavior: the first generation is the default', () => {
    const seed = newSeed();
    const path = { chainId: 1, organization: 1 };
    expect(subjectPrivateKey(seed, path)).toBe(subjectPrivateKey(seed, { ...path, generation: 0 }));
    expect(seedCheck(seed)).not.toBe(seedCheck(newSeed()));
  });

  test('error: a seed or path that is none', () => {
    const path = { chainId: 1, organization: 1 };
    expect(() => subjectPrivateKey(new Uint8Array(31), path)).toThrow(
      expect.objectContaining({ code: 'seed-malformed' }),
    );
    for (const bad of [{ chainId: -1 }, { chainId: 0.5 }, { organization: 2 ** 32 }, { generation: -1 }]) {
      expect(() => subjectPrivateKey(newSeed(), { ...path, ...bad })).toThrow(
        expect.objectContaining({ code: 'subject-path-malformed' }),
      );
    }
  });
});
