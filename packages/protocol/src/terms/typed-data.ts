import type { Address, Hex } from 'viem';
import { hashTypedData } from 'viem/utils';
import type { ConsentTerms } from './terms.ts';

/**
 * Everything that a person signs is EIP-712 typed data (https://eips.ethereum.org/EIPS/eip-712), so that any organisation can relay it.
 * The results here are what viem's `signTypedData`, `hashTypedData` and `verifyTypedData` take.
 */
export const CONSENT_TYPES = {
  Consent: [
    { name: 'subject', type: 'address' },
    { name: 'epoch', type: 'uint32' },
    { name: 'index', type: 'uint32' },
    { name: 'grantee', type: 'uint32' },
    { name: 'recipient', type: 'bytes32' },
    { name: 'categories', type: 'uint32' },
    { name: 'sensitive', type: 'uint16' },
    { name: 'purposes', type: 'uint32' },
    { name: 'actions', type: 'uint16' },
    { name: 'careFrom', type: 'int48' },
    { name: 'careUntil', type: 'int48' },
    { name: 'validFrom', type: 'uint48' },
    { name: 'validUntil', type: 'uint48' },
    { name: 'salt', type: 'bytes32' },
  ],
} as const;

export const REVOKE_TYPES = {
  Revoke: [
    { name: 'subject', type: 'address' },
    { name: 'index', type: 'uint32' },
  ],
} as const;

export const REVOKE_MANY_TYPES = {
  RevokeMany: [
    { name: 'subject', type: 'address' },
    { name: 'word', type: 'uint24' },
    { name: 'mask', type: 'uint256' },
  ],
} as const;

export const ROTATE_TYPES = {
  Rotate: [
    { name: 'subject', type: 'address' },
    { name: 'newController', type: 'address' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint48' },
  ],
} as const;

export const REVOKE_ALL_TYPES = {
  RevokeAll: [
    { name: 'subject', type: 'address' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint48' },
  ],
} as const;

export const SESSION_TYPES = {
  Session: [
    { name: 'subject', type: 'address' },
    { name: 'organization', type: 'uint32' },
    { name: 'notAfter', type: 'uint48' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const;

/** A contract's EIP-712 domain. */
export interface ContractDomain {
  readonly name: string;
  readonly version: '1';
  readonly chainId: number;
  readonly verifyingContract: Address;
}

/** Domain of `Consent` and `Revoke`: the Consents contract of a chain. */
export function consentDomain(chainId: number, consents: Address): ContractDomain {
  return { name: 'Anamnesis Consents', version: '1', chainId, verifyingContract: consents };
}

/** Domain of `Rotate` and `RevokeAll`: the Subjects contract of a chain. */
export function subjectsDomain(chainId: number, subjects: Address): ContractDomain {
  return { name: 'Anamnesis Subjects', version: '1', chainId, verifyingContract: subjects };
}

/** Domain of `Session`: no contract checks it, only the node that the patient talks to. */
export function sessionDomain(chainId: number) {
  return { name: 'Anamnesis Session', version: '1', chainId } as const;
}

/** Consent terms as the subject's controller signs them. */
export function consentTypedData(terms: ConsentTerms, domain: ContractDomain) {
  return { domain, types: CONSENT_TYPES, primaryType: 'Consent', message: terms } as const;
}

/** The consent id: the EIP-712 digest of its terms. */
export function consentId(terms: ConsentTerms, domain: ContractDomain): Hex {
  return hashTypedData(consentTypedData(terms, domain));
}

/** A refusal of one consent. It needs no nonce or deadline: refusing twice is the same as once, and always wins. */
export interface Revocation {
  readonly subject: Address;
  readonly index: number;
}

/** The refusal of one consent, for `Consents.revokeBySig`. */
export function revokeTypedData({ subject, index }: Revocation, domain: ContractDomain) {
  return { domain, types: REVOKE_TYPES, primaryType: 'Revoke', message: { subject, index } } as const;
}

/** A refusal of up to 256 consents: those with the indexes `256 * word + i` for each bit `i` of `mask`. */
export interface Revocations {
  readonly subject: Address;
  readonly word: number;
  readonly mask: bigint;
}

/** The refusal of many consents, for `Consents.revokeManyBySig`. */
export function revokeManyTypedData({ subject, word, mask }: Revocations, domain: ContractDomain) {
  return { domain, types: REVOKE_MANY_TYPES, primaryType: 'RevokeMany', message: { subject, word, mask } } as const;
}

/** Handing a subject to another key; `nonce` is the subject's on the ledger, `deadline` in seconds since 1970. */
export interface Rotation {
  readonly subject: Address;
  readonly newController: Address;
  readonly nonce: bigint;
  readonly deadline: number;
}

/** The change of a subject's controller, for `Subjects.rotateBySig`. */
export function rotateTypedData({ subject, newController, nonce, deadline }: Rotation, domain: ContractDomain) {
  const message = { subject, newController, nonce, deadline };
  return { domain, types: ROTATE_TYPES, primaryType: 'Rotate', message } as const;
}

/** The refusal of every consent of a subject so far; `nonce` is the subject's on the ledger, `deadline` in seconds since 1970. */
export interface FullRevocation {
  readonly subject: Address;
  readonly nonce: bigint;
  readonly deadline: number;
}

/** The refusal of all consents, for `Subjects.revokeAllBySig`. */
export function revokeAllTypedData({ subject, nonce, deadline }: FullRevocation, domain: ContractDomain) {
  return { domain, types: REVOKE_ALL_TYPES, primaryType: 'RevokeAll', message: { subject, nonce, deadline } } as const;
}

/** A patient's wish to talk to one organisation's node until `notAfter` (seconds since 1970). `nonce`: 32 random bytes, used once. */
export interface Session {
  readonly subject: Address;
  readonly organization: number;
  readonly notAfter: number;
  readonly nonce: Hex;
}

/** What a patient signs to open a session at a node. */
export function sessionTypedData({ subject, organization, notAfter, nonce }: Session, chainId: number) {
  const message = { subject, organization, notAfter, nonce };
  return { domain: sessionDomain(chainId), types: SESSION_TYPES, primaryType: 'Session', message } as const;
}
