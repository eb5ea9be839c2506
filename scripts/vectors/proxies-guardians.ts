import {
  ACTIONS,
  CATEGORIES,
  consentDomain,
  EMERGENCY_TYPES,
  emergencyCommitment,
  GUARDIAN_SET_TYPES,
  type GuardianSet,
  guardianCommitment,
  guardianSet,
  guardiansRevokeAllTypedData,
  maskOf,
  maskOfAll,
  NO_PARENT,
  PROXY_TYPES,
  type ProxyTerms,
  PURPOSES,
  proxyId,
  proxySpace,
  proxyTypedData,
  recipientOf,
  recoverTypedData,
  revokeManyTypedData,
  revokeUnderProxyTypedData,
  SENSITIVE,
  setGuardiansTypedData,
  subjectsDomain,
  vetoRecoveryTypedData,
} from '@anamnesis/protocol';
import type { Hex, TypedDataDefinition } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hashStruct, hashTypedData } from 'viem/utils';

const chainId = 31337;
const consents = '0x1111111111111111111111111111111111111111';
const subjects = '0x2222222222222222222222222222222222222222';
const key = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const;
const filled = (byte: string) => `0x${byte.repeat(32)}` as const;

const MARIA = key(1);
const PARENT = key(2);
const CARER = key(3);
const addressOf = (privateKey: Hex) => privateKeyToAccount(privateKey).address;

/** Who signs a message, where, its digest and the signature. */
async function signed(privateKey: Hex, data: object) {
  const definition = data as TypedDataDefinition;
  const signature = await privateKeyToAccount(privateKey).signTypedData(definition);
  return { chainId, privateKey, digest: hashTypedData(definition), signature };
}

/** Proxies, guardians, many refusals at once, emergencies; flat, so that Solidity can read it (`vm.parseJson`). */
export async function proxiesGuardiansVectors() {
  const onConsents = consentDomain(chainId, consents);
  const onSubjects = subjectsDomain(chainId, subjects);
  const subject = addressOf(MARIA);

  const parent: ProxyTerms = {
    subject,
    epoch: 0,
    index: 3,
    proxy: addressOf(PARENT),
    kind: 1,
    parent: NO_PARENT,
    categories: maskOfAll(CATEGORIES),
    sensitive: 0,
    purposes: maskOf(PURPOSES, ['TREAT', 'PATRQT']),
    actions: maskOf(ACTIONS, ['read']),
    validFrom: 1_800_000_000,
    validUntil: 1_900_000_000,
    salt: filled('5a'),
  };
  const carer: ProxyTerms = {
    ...parent,
    index: 0,
    proxy: addressOf(CARER),
    kind: 3,
    parent: proxyId(parent, onConsents),
    categories: maskOf(CATEGORIES, ['medications']),
    validUntil: 1_800_086_400,
  };
  const greatest: ProxyTerms = {
    ...parent,
    epoch: 2 ** 32 - 1,
    index: 2 ** 32 - 1,
    kind: 255,
    parent: filled('ff'),
    categories: 2 ** 32 - 1,
    sensitive: maskOfAll(SENSITIVE),
    purposes: 2 ** 32 - 1,
    actions: 2 ** 16 - 1,
    validFrom: 2 ** 48 - 1,
    validUntil: 2 ** 48 - 1,
    salt: filled('ff'),
  };
  const proxies: [string, Hex, ProxyTerms][] = [
    ['parent of a child', MARIA, parent],
    ['carer named by the parent', PARENT, carer],
    ['greatest values', MARIA, greatest],
  ];
  const proxy = proxies.map(async ([name, privateKey, terms]) => ({
    name,
    verifyingContract: consents,
    terms,
    ...(await signed(privateKey, proxyTypedData(terms, onConsents))),
    structHash: hashStruct({ types: PROXY_TYPES, primaryType: 'Proxy', data: terms }),
    space: proxySpace(terms.proxy, proxyId(terms, onConsents)),
  }));

  const underProxy = [0, 2 ** 32 - 1].map(async (index) => {
    const message = { link: proxyId(parent, onConsents), index };
    const signature = await signed(PARENT, revokeUnderProxyTypedData(message, onConsents));
    return { name: `index ${index}`, verifyingContract: consents, proxy: parent.proxy, ...message, ...signature };
  });

  const masks: [number, bigint][] = [
    [0, 1n],
    [1, 2n ** 255n + 5n],
    [2 ** 24 - 1, 2n ** 256n - 1n],
  ];
  const revokeMany = masks.map(async ([word, mask]) => {
    const message = { subject, word, mask };
    const signature = await signed(MARIA, revokeManyTypedData(message, onConsents));
    const hex = `0x${mask.toString(16).padStart(64, '0')}`;
    return { name: `word ${word}`, verifyingContract: consents, ...message, mask: hex, ...signature };
  });

  const family = guardianSet({
    guardians: [addressOf(PARENT), addressOf(CARER), addressOf(key(4))],
    threshold: 2,
    delay: 172_800,
    salt: filled('5a'),
  });
  const alone: GuardianSet = { guardians: [addressOf(PARENT)], threshold: 1, delay: 7_776_000, salt: filled('ff') };
  const sets = [family, alone].map((set) => ({
    name: `${set.threshold} of ${set.guardians.length}`,
    chainId,
    verifyingContract: subjects,
    subject,
    ...set,
    commitment: guardianCommitment(subject, set, onSubjects),
    structHash: hashStruct({ types: GUARDIAN_SET_TYPES, primaryType: 'GuardianSet', data: { subject, ...set } }),
  }));

  const nonces = [0, 1, Number.MAX_SAFE_INTEGER];
  const deadline = 1_800_000_000;
  const setGuardians = nonces.map(async (nonce) => {
    const message = { subject, commitment: guardianCommitment(subject, family, onSubjects), deadline };
    const signature = await signed(MARIA, setGuardiansTypedData({ ...message, nonce: BigInt(nonce) }, onSubjects));
    return { name: `nonce ${nonce}`, verifyingContract: subjects, ...message, nonce, ...signature };
  });
  const recover = nonces.map(async (nonce) => {
    const message = { subject, newController: addressOf(CARER), deadline };
    const signature = await signed(PARENT, recoverTypedData({ ...message, nonce: BigInt(nonce) }, onSubjects));
    return { name: `nonce ${nonce}`, verifyingContract: subjects, ...message, nonce, ...signature };
  });
  const vetoRecovery = nonces.map(async (nonce) => {
    const message = { subject, deadline };
    const signature = await signed(MARIA, vetoRecoveryTypedData({ ...message, nonce: BigInt(nonce) }, onSubjects));
    return { name: `nonce ${nonce}`, verifyingContract: subjects, ...message, nonce, ...signature };
  });
  const guardiansRevokeAll = [0, 2 ** 32 - 2].map(async (epoch) => {
    const message = { subject, epoch, deadline };
    const signature = await signed(PARENT, guardiansRevokeAllTypedData(message, onSubjects));
    return { name: `epoch ${epoch}`, verifyingContract: subjects, ...message, ...signature };
  });

  const statement = {
    organization: 2,
    custodian: 1,
    subject,
    recipient: recipientOf('Practitioner/silva'),
    justification: filled('ab'),
    salt: filled('5a'),
  };
  const emergency = [
    {
      name: 'a practitioner abroad',
      chainId,
      verifyingContract: consents,
      ...statement,
      commitment: emergencyCommitment(statement, onConsents),
      structHash: hashStruct({ types: EMERGENCY_TYPES, primaryType: 'Emergency', data: statement }),
    },
  ];

  return {
    description:
      'EIP-712 terms and messages of proxies and guardians, refusals of many, emergencies. Keys 1 to 4 are for tests only.',
    proxy: await Promise.all(proxy),
    revokeUnderProxy: await Promise.all(underProxy),
    revokeMany: await Promise.all(revokeMany),
    guardianSet: sets,
    setGuardians: await Promise.all(setGuardians),
    recover: await Promise.all(recover),
    vetoRecovery: await Promise.all(vetoRecovery),
    guardiansRevokeAll: await Promise.all(guardiansRevokeAll),
    emergency,
  };
}
