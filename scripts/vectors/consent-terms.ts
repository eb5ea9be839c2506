import {
  ACTIONS,
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  CONSENT_TYPES,
  type ConsentTerms,
  consentDomain,
  consentId,
  consentTypedData,
  maskOf,
  maskOfAll,
  PURPOSES,
  REVOKE_ALL_TYPES,
  REVOKE_TYPES,
  ROTATE_TYPES,
  recipientOf,
  revokeAllTypedData,
  revokeTypedData,
  rotateTypedData,
  SENSITIVE,
  subjectsDomain,
} from '@anamnesis/protocol';
import { privateKeyToAccount } from 'viem/accounts';
import { hashStruct, hashTypedData } from 'viem/utils';

const chainId = 31337;
const consents = '0x1111111111111111111111111111111111111111';
const subjects = '0x2222222222222222222222222222222222222222';
const key = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const;
const filled = (byte: string) => `0x${byte.repeat(32)}` as const;

const MARIA = key(1);
const HEIR = key(2);

/** Consent terms, refusals and rotations with digest and signature; flat, so that Solidity can read it (`vm.parseJson`). */
export async function consentVectors() {
  const subject = privateKeyToAccount(MARIA).address;
  const treatment: ConsentTerms = {
    subject,
    epoch: 0,
    index: 0,
    grantee: 2,
    recipient: ANYONE,
    categories: maskOf(CATEGORIES, ['demographics', 'allergies', 'medications', 'laboratory']),
    sensitive: 0,
    purposes: maskOf(PURPOSES, ['TREAT']),
    actions: maskOf(ACTIONS, ['read']),
    careFrom: CARE_OPEN_START,
    careUntil: CARE_OPEN_END,
    validFrom: 1_800_000_000,
    validUntil: 1_831_536_000,
    salt: filled('5a'),
  };
  const largest: ConsentTerms = {
    subject: privateKeyToAccount(HEIR).address,
    epoch: 2 ** 32 - 1,
    index: 2 ** 32 - 1,
    grantee: 2 ** 32 - 1,
    recipient: filled('ff'),
    categories: 2 ** 32 - 1,
    sensitive: 2 ** 16 - 1,
    purposes: 2 ** 32 - 1,
    actions: 2 ** 16 - 1,
    careFrom: CARE_OPEN_END,
    careUntil: CARE_OPEN_END,
    validFrom: 2 ** 48 - 1,
    validUntil: 2 ** 48 - 1,
    salt: filled('ff'),
  };
  const terms: [string, `0x${string}`, ConsentTerms][] = [
    ['treatment abroad, anyone at the grantee', MARIA, treatment],
    [
      'one practitioner, care from before 1970 up to 2000',
      MARIA,
      {
        ...treatment,
        index: 1,
        recipient: recipientOf('Practitioner/silva'),
        careFrom: -157_766_400,
        careUntil: 946_684_800,
      },
    ],
    [
      'everything that the code tables name, in a later epoch',
      MARIA,
      {
        ...treatment,
        epoch: 3,
        index: 257,
        categories: maskOfAll(CATEGORIES),
        sensitive: maskOfAll(SENSITIVE),
        purposes: maskOfAll(PURPOSES),
        actions: maskOfAll(ACTIONS),
        salt: filled('c3'),
      },
    ],
    ['signed by another controller', HEIR, { ...treatment, epoch: 1, index: 2 }],
    [
      'least values',
      MARIA,
      {
        ...treatment,
        grantee: 0,
        categories: 0,
        purposes: 0,
        actions: 0,
        careUntil: CARE_OPEN_START,
        validFrom: 0,
        validUntil: 0,
        salt: filled('00'),
      },
    ],
    ['greatest values', HEIR, largest],
  ];

  const cases = terms.map(async ([name, privateKey, message]) => {
    const domain = consentDomain(chainId, consents);
    return {
      name,
      chainId,
      verifyingContract: consents,
      privateKey,
      terms: message,
      digest: consentId(message, domain),
      signature: await privateKeyToAccount(privateKey).signTypedData(consentTypedData(message, domain)),
      structHash: hashStruct({ types: CONSENT_TYPES, primaryType: 'Consent', data: message }),
    };
  });

  const revoke = [0, 257, 2 ** 32 - 1].map(async (index) => {
    const message = { subject, index };
    const data = revokeTypedData(message, consentDomain(chainId, consents));
    return {
      name: `index ${index}`,
      chainId,
      verifyingContract: consents,
      privateKey: MARIA,
      ...message,
      digest: hashTypedData(data),
      signature: await privateKeyToAccount(MARIA).signTypedData(data),
      structHash: hashStruct({ types: REVOKE_TYPES, primaryType: 'Revoke', data: message }),
    };
  });

  const newController = privateKeyToAccount(HEIR).address;
  const rotate = [0, 1, Number.MAX_SAFE_INTEGER].map(async (nonce) => {
    const message = { subject, newController, nonce: BigInt(nonce), deadline: 1_800_000_000 };
    const data = rotateTypedData(message, subjectsDomain(chainId, subjects));
    return {
      name: `nonce ${nonce}`,
      chainId,
      verifyingContract: subjects,
      privateKey: MARIA,
      ...message,
      nonce,
      digest: hashTypedData(data),
      signature: await privateKeyToAccount(MARIA).signTypedData(data),
      structHash: hashStruct({ types: ROTATE_TYPES, primaryType: 'Rotate', data: message }),
    };
  });

  const revokeAll = [0, 1, Number.MAX_SAFE_INTEGER].map(async (nonce) => {
    const message = { subject, nonce: BigInt(nonce), deadline: 2 ** 48 - 1 };
    const data = revokeAllTypedData(message, subjectsDomain(chainId, subjects));
    return {
      name: `nonce ${nonce}`,
      chainId,
      verifyingContract: subjects,
      privateKey: MARIA,
      ...message,
      nonce,
      digest: hashTypedData(data),
      signature: await privateKeyToAccount(MARIA).signTypedData(data),
      structHash: hashStruct({ types: REVOKE_ALL_TYPES, primaryType: 'RevokeAll', data: message }),
    };
  });

  return {
    description: 'EIP-712 consent terms, refusals and rotations. Keys 1 and 2 are for tests only.',
    cases: await Promise.all(cases),
    revoke: await Promise.all(revoke),
    rotate: await Promise.all(rotate),
    revokeAll: await Promise.all(revokeAll),
  };
}
