import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bytesToHex, type Hex, hexToBytes } from 'viem';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../bytes.ts';
import {
  type ConsistencyProof,
  consistencyCoordinates,
  coordinateKey,
  emptyRoot,
  foldProof,
  foldRoot,
  type InclusionProof,
  inclusionCoordinates,
  leafHash,
  newNodes,
  nodeHash,
  nodeReader,
  rootCoordinates,
  rootOf,
  rootOfLeaves,
  type Sha256,
  verifyConsistency,
  verifyInclusion,
} from './index.ts';

const MAX = 64;
const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const leaves = Array.from({ length: MAX }, (_, index) => leafHash(utf8(`leaf ${index}`)));
const read = nodeReader(newNodes(0, leaves, nodeReader([])));

/** RFC 6962 section 2.1, word for word: what everything else is held against. */
function naiveRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot();
  if (hashes.length === 1) return hashes[0] as Uint8Array;
  const k = split(hashes.length);
  return nodeHash(naiveRoot(hashes.slice(0, k)), naiveRoot(hashes.slice(k)));
}

function naivePath(m: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length === 1) return [];
  const k = split(hashes.length);
  return m < k
    ? [...naivePath(m, hashes.slice(0, k)), naiveRoot(hashes.slice(k))]
    : [...naivePath(m - k, hashes.slice(k)), naiveRoot(hashes.slice(0, k))];
}

function naiveProof(m: number, hashes: readonly Uint8Array[], whole = true): Uint8Array[] {
  if (m === hashes.length) return whole ? [] : [naiveRoot(hashes)];
  const k = split(hashes.length);
  return m <= k
    ? [...naiveProof(m, hashes.slice(0, k), whole), naiveRoot(hashes.slice(k))]
    : [...naiveProof(m - k, hashes.slice(k), false), naiveRoot(hashes.slice(0, k))];
}

const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);
const roots = Array.from({ length: MAX + 1 }, (_, size) => naiveRoot(leaves.slice(0, size)));
const rootAt = (size: number): Uint8Array => roots[size] as Uint8Array;

function inclusionOf(index: number, size: number): InclusionProof {
  const path = foldProof(inclusionCoordinates(index, size), read);
  return { leafHash: leaves[index] as Uint8Array, index, size, path, root: rootAt(size) };
}

function consistencyOf(from: number, to: number): ConsistencyProof {
  return {
    from,
    fromRoot: rootAt(from),
    to,
    toRoot: rootAt(to),
    path: foldProof(consistencyCoordinates(from, to), read),
  };
}

describe('merkle', () => {
  test('default: the vectors of spec/vectors/merkle.json', () => {
    interface Vectors {
      leaves: { data: Hex; hash: Hex }[];
      roots: Hex[];
      inclusion: { index: number; size: number; path: Hex[] }[];
      consistency: { from: number; to: number; path: Hex[] }[];
    }
    const file = new URL('../../../../spec/vectors/merkle.json', import.meta.url);
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
    const hashes = vectors.leaves.map(({ data, hash }) => {
      expect(bytesToHex(leafHash(hexToBytes(data)))).toBe(hash);
      return hexToBytes(hash);
    });
    const vectorRoots = vectors.roots.map((root) => hexToBytes(root));
    expect(vectorRoots).toEqual(vectors.roots.map((_, size) => new Uint8Array(rootOf(hashes.slice(0, size)))));
    const root = (size: number) => vectorRoots[size] as Uint8Array;
    for (const { index, size, path } of vectors.inclusion) {
      const proof = { leafHash: hashes[index] as Uint8Array, index, size, path: path.map((one) => hexToBytes(one)) };
      expect(verifyInclusion({ ...proof, root: root(size) })).toBe(true);
    }
    for (const { from, to, path } of vectors.consistency) {
      const proof = { from, fromRoot: root(from), to, toRoot: root(to), path: path.map((one) => hexToBytes(one)) };
      expect(verifyConsistency(proof)).toBe(true);
    }
  });

  test('behavior: roots and proofs known from Certificate Transparency', () => {
    const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const known = data.map((hex) => hexToBytes(`0x${hex}`));
    expect(bytesToHex(emptyRoot())).toBe('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(bytesToHex(rootOfLeaves(known.slice(0, 1)))).toBe(
      '0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
    expect(bytesToHex(rootOfLeaves(known))).toBe('0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });

  test('behavior: every inclusion proof up to 64 is that of the naive tree, and verifies', () => {
    for (let size = 1; size <= MAX; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionOf(index, size);
        expect(proof.path).toEqual(naivePath(index, leaves.slice(0, size)));
        expect(verifyInclusion(proof, sha256)).toBe(true);
      }
    }
  });

  test('behavior: every consistency proof up to 64 is that of the naive tree, and verifies', () => {
    for (let to = 0; to <= MAX; to++) {
      for (let from = 0; from <= to; from++) {
        const proof = consistencyOf(from, to);
        if (from > 0) expect(proof.path).toEqual(naiveProof(from, leaves.slice(0, to)));
        expect(verifyConsistency(proof, sha256)).toBe(true);
      }
    }
  });

  test('behavior: appending in parts asks for the frontier only and gives the same nodes as all at once', () => {
    const whole = new Map(newNodes(0, leaves, nodeReader([])).map((node) => [coordinateKey(node), node]));
    for (let size = 0; size <= MAX; size++) {
      const frontier = rootCoordinates(size).map((coordinate) => whole.get(coordinateKey(coordinate)));
      const known = nodeReader(frontier.filter((node) => node !== undefined));
      const added = newNodes(size, leaves.slice(size), known, sha256);
      for (const node of added) expect(new Uint8Array(node.hash)).toEqual(whole.get(coordinateKey(node))?.hash);
      expect(newNodes(0, leaves.slice(0, size), known).length + added.length).toBe(whole.size);
      expect(foldRoot(rootCoordinates(size).map(read))).toEqual(rootAt(size));
    }
  });

  test('behavior: sizes beyond 32 bits', () => {
    const size = 2 ** 40 + 5;
    expect(rootCoordinates(size)).toEqual([
      { level: 40, index: 0 },
      { level: 2, index: 2 ** 38 },
      { level: 0, index: 2 ** 40 + 4 },
    ]);
    expect(inclusionCoordinates(size - 1, size)).toEqual([[{ level: 2, index: 2 ** 38 }], [{ level: 40, index: 0 }]]);
    // A proof whose every sibling is known to be the same hash, folded by hand.
    const one = leafHash(utf8('one'));
    const root = Array.from({ length: 40 }).reduce<Uint8Array>((node) => nodeHash(node, one), one);
    const path = Array.from({ length: 40 }, () => one);
    expect(verifyInclusion({ leafHash: one, index: 0, size: 2 ** 40, path, root })).toBe(true);
    expect(verifyInclusion({ leafHash: one, index: 2 ** 32, size: 2 ** 40, path, root })).toBe(false);
  });

  test('error: any bit of an inclusion proof changed', () => {
    for (const [index, size] of [
      [0, 1],
      [5, 13],
      [12, 13],
      [31, 32],
      [63, 64],
    ] as const) {
      const proof = inclusionOf(index, size);
      for (const changed of flips(proof.leafHash)) expect(verifyInclusion({ ...proof, leafHash: changed })).toBe(false);
      for (const changed of flips(proof.root)) expect(verifyInclusion({ ...proof, root: changed })).toBe(false);
      for (const path of pathFlips(proof.path)) expect(verifyInclusion({ ...proof, path })).toBe(false);
      for (let other = 0; other < size; other++) {
        if (other !== index) expect(verifyInclusion({ ...proof, index: other })).toBe(false);
      }
    }
  });

  test('error: any bit of a consistency proof changed', () => {
    for (const [from, to] of [
      [1, 2],
      [4, 8],
      [6, 13],
      [13, 64],
      [63, 64],
    ] as const) {
      const proof = consistencyOf(from, to);
      for (const changed of flips(proof.fromRoot))
        expect(verifyConsistency({ ...proof, fromRoot: changed })).toBe(false);
      for (const changed of flips(proof.toRoot)) expect(verifyConsistency({ ...proof, toRoot: changed })).toBe(false);
      for (const path of pathFlips(proof.path)) expect(verifyConsistency({ ...proof, path })).toBe(false);
    }
    expect(verifyConsistency({ ...consistencyOf(0, 5), fromRoot: rootAt(1) })).toBe(false);
    expect(verifyConsistency({ ...consistencyOf(5, 5), toRoot: rootAt(4) })).toBe(false);
    expect(verifyConsistency({ ...consistencyOf(5, 9), path: [] })).toBe(false);
    expect(verifyConsistency({ ...consistencyOf(4, 8), from: 8, to: 4 })).toBe(false);
  });

  test('error: a node does not pass for a leaf, nor hashes of another length', () => {
    const [left, right] = [leaves[0] as Uint8Array, leaves[1] as Uint8Array];
    const asLeaf = leafHash(new Uint8Array([...left, ...right]));
    expect(verifyInclusion({ leafHash: asLeaf, index: 0, size: 1, path: [], root: rootAt(2) })).toBe(false);
    const proof = inclusionOf(1, 2);
    expect(verifyInclusion({ ...proof, path: [left.subarray(1)] })).toBe(false);
    for (const index of [-1, 2, 0.5, Number.NaN]) expect(verifyInclusion({ ...proof, index })).toBe(false);
  });

  test('error: places that the log does not have', () => {
    for (const run of [
      () => rootCoordinates(-1),
      () => rootCoordinates(0.5),
      () => inclusionCoordinates(3, 3),
      () => inclusionCoordinates(-1, 3),
      () => consistencyCoordinates(4, 3),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: 'log-range' }));
    }
    expect(() => newNodes(1, leaves, nodeReader([]))).toThrow(expect.objectContaining({ code: 'log-node-missing' }));
  });
});

/** The hash with each of its bytes changed in turn by one bit. */
function flips(hash: Uint8Array): Uint8Array[] {
  return Array.from(hash, (byte, at) => Uint8Array.from(hash).fill(byte ^ (1 << (at % 8)), at, at + 1));
}

/** The path with one element changed, left out, doubled or added. */
function pathFlips(path: readonly Uint8Array[]): Uint8Array[][] {
  const extra = leafHash(utf8('extra'));
  return [
    [...path, extra],
    [extra, ...path],
    ...path.map((_, at) => path.filter((_, other) => other !== at)),
    ...path.flatMap((element, at) => flips(element).map((changed) => path.with(at, changed))),
  ];
}
