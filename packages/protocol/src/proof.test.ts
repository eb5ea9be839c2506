import { readFileSync } from 'node:fs';
import { bytesToHex, type Hex } from 'viem';
import { describe, expect, test } from 'vitest';
import { commitmentOf, type LogIdentity } from './commitments.ts';
import { canonicalize, parseJson } from './json/index.ts';
import { foldProof, inclusionCoordinates, leafHash, newNodes, nodeReader, rootOf } from './merkle/index.ts';
import { type RecordProof, verifyRecordProof } from './proof.ts';

const log: LogIdentity = {
  kind: 'record',
  chainId: 31337,
  checkpoints: '0x3333333333333333333333333333333333333333',
  organization: 1,
};
const salt: Hex = `0x${'a5'.repeat(32)}`;
const weight = parseJson(
  '{"resourceType":"Observation","id":"w","valueQuantity":{"value":72.50,"unit":"kg"}}',
) as object;
const leaves = Array.from({ length: 7 }, (_, at) => {
  const content = at === 4 ? canonicalize(weight) : `{"id":"${at}"}`;
  return leafHash(commitmentOf(log, salt, content));
});
const root = bytesToHex(rootOf(leaves));
const read = nodeReader(newNodes(0, leaves, nodeReader([])));
const proof: RecordProof = {
  ...log,
  log: 'records',
  salt,
  index: 4,
  size: 7,
  path: foldProof(inclusionCoordinates(4, 7), read).map((element) => bytesToHex(element)),
  root,
  checkpoint: { root, size: 7, time: 1_800_000_000, block: 12 },
};
const zero: Hex = `0x${'00'.repeat(32)}`;

describe('commitmentOf', () => {
  test('default: the vectors of spec/vectors/commitments.json', () => {
    type Case = LogIdentity & { salt: Hex; content: string; commitment: Hex; leafHash: Hex };
    const file = new URL('../../../spec/vectors/commitments.json', import.meta.url);
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };
    for (const one of cases) {
      const commitment = commitmentOf(one, one.salt, one.content);
      expect(bytesToHex(commitment)).toBe(one.commitment);
      expect(bytesToHex(leafHash(commitment))).toBe(one.leafHash);
    }
    expect(new Set(cases.map((one) => one.commitment)).size).toBe(cases.length);
  });

  test('error: a salt, address or number of the wrong size', () => {
    for (const run of [
      () => commitmentOf(log, '0xa5', '{}'),
      () => commitmentOf({ ...log, checkpoints: '0x33' }, salt, '{}'),
      () => commitmentOf({ ...log, chainId: -1 }, salt, '{}'),
      () => commitmentOf({ ...log, organization: 2 ** 32 }, salt, '{}'),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: 'commitment-malformed' }));
    }
  });
});

describe('verifyRecordProof', () => {
  test('default: the resource or its canonical text', () => {
    expect(verifyRecordProof(proof, weight)).toEqual({ ok: true });
    expect(verifyRecordProof(proof, canonicalize(weight), log)).toEqual({ ok: true });
    expect(verifyRecordProof({ ...proof, checkpoint: null }, weight)).toEqual({ ok: true });
  });

  test('error: changed content, even one digit of precision', () => {
    const refused = { ok: false, reason: 'not-included' };
    for (const text of ['72.5', '72.500', '72.51']) {
      expect(verifyRecordProof(proof, parseJson(canonicalize(weight).replace('72.50', text)) as object)).toEqual(
        refused,
      );
    }
    expect(verifyRecordProof(proof, { ...weight, id: 'v' })).toEqual(refused);
    expect(verifyRecordProof(proof, '')).toEqual(refused);
  });

  test('error: a changed proof', () => {
    const reason = (change: Partial<RecordProof>) => {
      const result = verifyRecordProof({ ...proof, ...change }, weight);
      return result.ok || result.reason;
    };
    expect(reason({ salt: zero })).toBe('not-included');
    expect(reason({ index: 3 })).toBe('not-included');
    expect(reason({ path: [...proof.path].reverse() })).toBe('not-included');
    expect(reason({ path: [] })).toBe('not-included');
    expect(reason({ organization: 2 })).toBe('not-included');
    expect(reason({ chainId: 1 })).toBe('not-included');
    expect(reason({ kind: 'access', log: 'access' })).toBe('not-included');
    expect(reason({ root: zero })).toBe('other-checkpoint');
    expect(reason({ root: zero, checkpoint: null })).toBe('not-included');
    // A root does not tell the size where paths have the same shape (7 and 8 here): only the checkpoint binds the two.
    expect(reason({ size: 8 })).toBe('other-checkpoint');
    expect(reason({ size: 9, checkpoint: null })).toBe('not-included');
    expect(reason({ kind: 'access' })).toBe('malformed');
    expect(reason({ salt: '0x' })).toBe('malformed');
    expect(reason({ index: -1 })).toBe('malformed');
    expect(reason({ path: Array.from({ length: 65 }, () => zero) })).toBe('malformed');
    expect(verifyRecordProof(null as never, weight)).toEqual({ ok: false, reason: 'malformed' });
  });

  test('error: a proof from a log that was not asked for', () => {
    const refused = { ok: false, reason: 'other-log' };
    expect(verifyRecordProof(proof, weight, { organization: 2 })).toEqual(refused);
    expect(verifyRecordProof(proof, weight, { chainId: 1 })).toEqual(refused);
    expect(verifyRecordProof(proof, weight, { kind: 'access' })).toEqual(refused);
    expect(verifyRecordProof(proof, weight, { checkpoints: `0x${'44'.repeat(20)}` })).toEqual(refused);
  });
});
