import { readFileSync } from 'node:fs';
import type { Address, Hex } from 'viem';
import { hashTypedData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import {
  type ContractDomain,
  checkProxyChain,
  consentDomain,
  type EmergencyStatement,
  emergencyCommitment,
  type GuardianSet,
  guardianCommitment,
  guardianSet,
  guardiansRevokeAllTypedData,
  type ProxyTerms,
  proxyId,
  proxySpace,
  proxyTypedData,
  recoverTypedData,
  revokeManyTypedData,
  revokeUnderProxyTypedData,
  setGuardiansTypedData,
  subjectsDomain,
  vetoRecoveryTypedData,
} from './index.ts';

interface Signed {
  chainId: number;
  verifyingContract: Address;
  privateKey: Hex;
  digest: Hex;
  signature: Hex;
  subject: Address;
  nonce: number;
  deadline: number;
}
interface Vectors {
  proxy: (Signed & { name: string; terms: ProxyTerms; space: Address })[];
  revokeUnderProxy: (Signed & { link: Hex; index: number })[];
  revokeMany: (Signed & { word: number; mask: Hex })[];
  guardianSet: (Signed & GuardianSet & { commitment: Hex })[];
  setGuardians: (Signed & { commitment: Hex })[];
  recover: (Signed & { newController: Address })[];
  vetoRecovery: Signed[];
  guardiansRevokeAll: (Signed & { epoch: number })[];
  emergency: (Signed & EmergencyStatement & { commitment: Hex })[];
}
const vectors = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/proxies-guardians.json', import.meta.url), 'utf8'),
) as Vectors;

const onConsents = ({ chainId, verifyingContract }: Signed): ContractDomain =>
  consentDomain(chainId, verifyingContract);
const onSubjects = ({ chainId, verifyingContract }: Signed): ContractDomain =>
  subjectsDomain(chainId, verifyingContract);

/** The digest is that of the vector, and its key makes its signature. */
async function agrees(vector: Signed, data: Parameters<typeof hashTypedData>[0]): Promise<void> {
  expect(hashTypedData(data)).toBe(vector.digest);
  expect(await privateKeyToAccount(vector.privateKey).signTypedData(data)).toBe(vector.signature);
}

describe('proxies', () => {
  test.each(vectors.proxy)('default: vector, $name', async (vector) => {
    const domain = onConsents(vector);
    await agrees(vector, proxyTypedData(vector.terms, domain) as never);
    expect(proxyId(vector.terms, domain)).toBe(vector.digest);
    expect(proxySpace(vector.terms.proxy, vector.digest)).toBe(vector.space);
  });

  test('default: vectors of refusals under a proxy and of many refusals', async () => {
    for (const vector of vectors.revokeUnderProxy) {
      await agrees(vector, revokeUnderProxyTypedData(vector, onConsents(vector)) as never);
    }
    for (const vector of vectors.revokeMany) {
      const message = { subject: vector.subject, word: vector.word, mask: BigInt(vector.mask) };
      await agrees(vector, revokeManyTypedData(message, onConsents(vector)) as never);
    }
  });

  test('behavior: every field changes the proxy id, and so do chain and contract', () => {
    const [vector] = vectors.proxy;
    if (!vector) throw new Error('no vector');
    const { terms } = vector;
    const domain = onConsents(vector);
    const others: Partial<ProxyTerms>[] = [
      ...[{ subject: terms.proxy }, { epoch: 1 }, { index: 8 }, { proxy: terms.subject }, { kind: 2 }],
      ...[{ parent: terms.salt }, { categories: 1 }, { sensitive: 1 }, { purposes: 2 }, { actions: 2 }],
      ...[{ validFrom: 0 }, { validUntil: 0 }, { salt: terms.parent }],
    ];
    expect(others).toHaveLength(Object.keys(terms).length);
    const ids = others.map((other) => proxyId({ ...terms, ...other }, domain));
    ids.push(proxyId(terms, domain));
    ids.push(proxyId(terms, consentDomain(1, vector.verifyingContract)));
    ids.push(proxyId(terms, consentDomain(vector.chainId, terms.proxy)));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('chains from outside', () => {
  const [root, carer] = vectors.proxy.map(({ terms, signature }) => ({ terms, signature }));
  if (!root || !carer) throw new Error('no vectors');

  test('default: one to three links', () => {
    expect(checkProxyChain([root])).toEqual([root]);
    expect(checkProxyChain([root, carer, carer])).toHaveLength(3);
  });

  test.each<[string, unknown]>([
    ['no list', root],
    ['no link', []],
    ['four links', [root, carer, carer, carer]],
    ['a link without signature', [{ terms: root.terms }]],
    ['no kind', [{ ...root, terms: { ...root.terms, kind: 0 } }]],
    ['an unknown category', [{ ...root, terms: { ...root.terms, categories: 2 ** 31 } }]],
    ['validity that ends before it begins', [{ ...root, terms: { ...root.terms, validUntil: 0 } }]],
    ['an unknown field', [{ ...root, terms: { ...root.terms, more: 1 } }]],
  ])('error: %s', (_, value) => {
    expect(() => checkProxyChain(value)).toThrow(expect.objectContaining({ code: 'terms-malformed' }));
  });
});

describe('guardians', () => {
  test('default: vectors', async () => {
    for (const vector of vectors.guardianSet) {
      const { subject, guardians, threshold, delay, salt } = vector;
      const shuffled = { guardians: [...guardians].reverse(), threshold, delay, salt };
      expect(guardianCommitment(subject, shuffled, onSubjects(vector))).toBe(vector.commitment);
    }
    for (const vector of vectors.setGuardians) {
      const message = { ...vector, nonce: BigInt(vector.nonce) };
      await agrees(vector, setGuardiansTypedData(message, onSubjects(vector)) as never);
    }
    for (const vector of vectors.recover) {
      const message = { ...vector, nonce: BigInt(vector.nonce) };
      await agrees(vector, recoverTypedData(message, onSubjects(vector)) as never);
    }
    for (const vector of vectors.vetoRecovery) {
      const message = { ...vector, nonce: BigInt(vector.nonce) };
      await agrees(vector, vetoRecoveryTypedData(message, onSubjects(vector)) as never);
    }
    for (const vector of vectors.guardiansRevokeAll) {
      await agrees(vector, guardiansRevokeAllTypedData(vector, onSubjects(vector)) as never);
    }
  });

  test.each<[string, (set: GuardianSet) => Partial<GuardianSet>]>([
    ['nobody', () => ({ guardians: [] })],
    ['sixteen', () => ({ guardians: Array.from({ length: 16 }, (_, n) => addressAt(n + 1)), threshold: 16 })],
    ['the same twice', ({ guardians }) => ({ guardians: [...guardians, guardians[0] as Address] })],
    ['the zero address', ({ guardians }) => ({ guardians: [...guardians, addressAt(0)] })],
    ['a threshold of none', () => ({ threshold: 0 })],
    ['a threshold beyond all', ({ guardians }) => ({ threshold: guardians.length + 1 })],
    ['half a threshold', () => ({ threshold: 1.5 })],
    ['a delay too short', () => ({ delay: 86_399 })],
    ['a delay too long', () => ({ delay: 7_776_001 })],
    ['half a second', () => ({ delay: 86_400.5 })],
  ])('error: a set with %s', (_, change) => {
    const set = vectors.guardianSet[0] as GuardianSet;
    expect(guardianSet(set).guardians).toHaveLength(3);
    expect(() => guardianSet({ ...set, ...change(set) })).toThrow(
      expect.objectContaining({ code: 'guardians-malformed' }),
    );
  });
});

test('default: vector of an emergency, and every field changes its commitment', () => {
  const [vector] = vectors.emergency;
  if (!vector) throw new Error('no vector');
  const { organization, custodian, subject, recipient, justification, salt } = vector;
  const statement = { organization, custodian, subject, recipient, justification, salt };
  const domain = onConsents(vector);
  expect(emergencyCommitment(statement, domain)).toBe(vector.commitment);
  const others: Partial<EmergencyStatement>[] = [
    ...[{ organization: 3 }, { custodian: 2 }, { subject: addressAt(1) }, { recipient: salt }],
    ...[{ justification: salt }, { salt: justification }],
  ];
  const commitments = others.map((other) => emergencyCommitment({ ...statement, ...other }, domain));
  expect(new Set([...commitments, vector.commitment]).size).toBe(7);
});

function addressAt(n: number): Address {
  return `0x${n.toString(16).padStart(40, '0')}`;
}
