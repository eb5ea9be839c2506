import { readFileSync } from 'node:fs';
import type { Address, Hex } from 'viem';
import { hashTypedData, recoverTypedDataAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { toBase64Url, utf8 } from '../bytes.ts';
import { CATEGORIES, maskOf, PURPOSES } from '../codes.ts';
import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  type ConsentTerms,
  checkTerms,
  consentDomain,
  consentId,
  consentTypedData,
  decodeGrant,
  encodeGrant,
  recipientOf,
  revokeAllTypedData,
  revokeTypedData,
  rotateTypedData,
  sessionTypedData,
  subjectsDomain,
} from './index.ts';

interface Signed {
  name: string;
  chainId: number;
  verifyingContract: Address;
  privateKey: Hex;
  digest: Hex;
  signature: Hex;
}
interface Vectors {
  cases: (Signed & { terms: ConsentTerms })[];
  revoke: (Signed & { subject: Address; index: number })[];
  rotate: (Signed & { subject: Address; newController: Address; nonce: number; deadline: number })[];
  revokeAll: (Signed & { subject: Address; nonce: number; deadline: number })[];
}
const vectors = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/consent-terms.json', import.meta.url), 'utf8'),
) as Vectors;

const MARIA = privateKeyToAccount(`0x${'01'.repeat(32)}`);
const domain = consentDomain(31337, '0x1111111111111111111111111111111111111111');
const terms: ConsentTerms = {
  subject: MARIA.address,
  epoch: 0,
  index: 7,
  grantee: 2,
  recipient: ANYONE,
  categories: maskOf(CATEGORIES, ['allergies', 'medications']),
  sensitive: 0,
  purposes: maskOf(PURPOSES, ['TREAT']),
  actions: 1,
  careFrom: CARE_OPEN_START,
  careUntil: CARE_OPEN_END,
  validFrom: 1_800_000_000,
  validUntil: 1_800_086_400,
  salt: `0x${'5a'.repeat(32)}`,
};

describe('terms', () => {
  test.each(vectors.cases)('default: vector, $name', async (vector) => {
    const vectorDomain = consentDomain(vector.chainId, vector.verifyingContract);
    expect(consentId(vector.terms, vectorDomain)).toBe(vector.digest);
    const account = privateKeyToAccount(vector.privateKey);
    const data = consentTypedData(vector.terms, vectorDomain);
    expect(await account.signTypedData(data)).toBe(vector.signature);
    expect(await recoverTypedDataAddress({ ...data, signature: vector.signature })).toBe(account.address);
  });

  test('default: vectors of refusals and rotations', () => {
    for (const { chainId, verifyingContract, digest, ...message } of vectors.revoke) {
      expect(hashTypedData(revokeTypedData(message, consentDomain(chainId, verifyingContract)))).toBe(digest);
    }
    for (const { chainId, verifyingContract, digest, nonce, ...message } of vectors.rotate) {
      const data = rotateTypedData({ ...message, nonce: BigInt(nonce) }, subjectsDomain(chainId, verifyingContract));
      expect(hashTypedData(data)).toBe(digest);
    }
    for (const { chainId, verifyingContract, digest, nonce, ...message } of vectors.revokeAll) {
      const data = revokeAllTypedData({ ...message, nonce: BigInt(nonce) }, subjectsDomain(chainId, verifyingContract));
      expect(hashTypedData(data)).toBe(digest);
    }
  });

  test('behavior: every field changes the consent id, and so do chain and contract', () => {
    const others: Partial<ConsentTerms>[] = [
      { subject: domain.verifyingContract },
      { epoch: 1 },
      { index: 8 },
      { grantee: 3 },
      { recipient: recipientOf('Practitioner/silva') },
      { categories: 1 },
      { sensitive: 1 },
      { purposes: 2 },
      { actions: 2 },
      { careFrom: 0 },
      { careUntil: 0 },
      { validFrom: 0 },
      { validUntil: 0 },
      { salt: ANYONE },
    ];
    expect(others).toHaveLength(Object.keys(terms).length);
    const ids = others.map((other) => consentId({ ...terms, ...other }, domain));
    ids.push(consentId(terms, domain));
    ids.push(consentId(terms, consentDomain(1, domain.verifyingContract)));
    ids.push(consentId(terms, consentDomain(31337, MARIA.address)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('behavior: a session is for one organisation, time and nonce', async () => {
    const session = { subject: MARIA.address, organization: 1, notAfter: 1_800_000_000, nonce: ANYONE };
    const data = sessionTypedData(session, 31337);
    const signature = await MARIA.signTypedData(data);
    expect(await recoverTypedDataAddress({ ...data, signature })).toBe(MARIA.address);
    expect(hashTypedData(sessionTypedData({ ...session, organization: 2 }, 31337))).not.toBe(hashTypedData(data));
    expect(hashTypedData(sessionTypedData(session, 1))).not.toBe(hashTypedData(data));
  });

  test('behavior: a grant travels as one word', async () => {
    const grant = { terms, signature: await MARIA.signTypedData(consentTypedData(terms, domain)) };
    const word = encodeGrant(grant);
    expect(word).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeGrant(word)).toEqual(grant);
  });

  test.each<[string, unknown]>([
    ['no object', 'terms'],
    ['a list', [terms]],
    ['nothing', null],
    ['a missing field', { ...terms, salt: undefined }],
    ['an unknown field', { ...terms, extra: 1 }],
    ['a text for a number', { ...terms, epoch: '0' }],
    ['a fraction', { ...terms, index: 0.5 }],
    ['minus zero', { ...terms, careFrom: -0 }],
    ['a number too large', { ...terms, validUntil: 2 ** 48 }],
    ['a number too small', { ...terms, careFrom: CARE_OPEN_START - 1 }],
    ['grantee nobody', { ...terms, grantee: 0 }],
    ['an unknown category', { ...terms, categories: 2 ** 31 }],
    ['an unknown sensitive class', { ...terms, sensitive: 2 ** 10 }],
    ['a salt too short', { ...terms, salt: '0x5a' }],
    ['a subject that is no address', { ...terms, subject: terms.salt }],
    ['validity that ends before it begins', { ...terms, validUntil: terms.validFrom }],
    ['care that ends before it begins', { ...terms, careFrom: 10, careUntil: 10 }],
  ])('error: %s', (_, value) => {
    expect(() => checkTerms(value)).toThrow(expect.objectContaining({ code: 'terms-malformed' }));
  });

  test('error: words that are no grant', () => {
    const word = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)));
    const malformed = expect.objectContaining({ code: 'grant-malformed' });
    for (const text of [
      '',
      '!',
      'AAAA',
      word(1),
      word({ terms }),
      word({ terms, signature: '0x' }),
      'A'.repeat(20_000),
    ]) {
      expect(() => decodeGrant(text)).toThrow(malformed);
    }
    expect(() => decodeGrant(word({ terms, signature: '0x01', more: true }))).toThrow(malformed);
    expect(() => decodeGrant(word({ terms: {}, signature: '0x01' }))).toThrow(
      expect.objectContaining({
        code: 'terms-malformed',
        message: 'grant.terms.subject must be an address of 20 bytes',
      }),
    );
  });
});
