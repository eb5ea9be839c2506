import type { Address, Hex } from 'viem';
import { encodeAbiParameters, hashTypedData, keccak256 } from 'viem/utils';
import type { ContractDomain } from './typed-data.ts';

/**
 * What someone may do for a patient who cannot act: the EIP-712 structure `Proxy`, signed by the subject's controller or, under
 * terms of its own, by another proxy. Kept off the ledger like a consent. Each link is narrower than or equal to the one that it
 * stands on, in every dimension and in time; a chain has at most three. Bit tables are in spec/codes.json; times are seconds
 * since 1970.
 */
export interface ProxyTerms {
  readonly subject: Address;
  /** The subject's epoch on the ledger when it was signed: a later epoch ends it (uint32). */
  readonly epoch: number;
  /** Number of its revocation bit among those of its signer (uint32). */
  readonly index: number;
  /** The key that may act. */
  readonly proxy: Address;
  /** What it is to the patient: a number of `PROXY_KINDS`. For people; it changes no right. */
  readonly kind: number;
  /** `proxyId` of the terms under which the signer acts; `NO_PARENT` when that is the subject's controller. */
  readonly parent: Hex;
  readonly categories: number;
  readonly sensitive: number;
  readonly purposes: number;
  readonly actions: number;
  /** First second at which consents under it may hold (uint48). */
  readonly validFrom: number;
  /** First second at which they no longer may, such as a child's eighteenth birthday (uint48). */
  readonly validUntil: number;
  /** 32 random bytes. */
  readonly salt: Hex;
}

/** One link of a chain from the subject to a proxy. */
export interface ProxyLink {
  readonly terms: ProxyTerms;
  /** Of the subject's controller, or of the proxy of the link before. */
  readonly signature: Hex;
}

/** `parent` of terms that the subject's controller signed. */
export const NO_PARENT: Hex = `0x${'00'.repeat(32)}`;

export const PROXY_TYPES = {
  Proxy: [
    { name: 'subject', type: 'address' },
    { name: 'epoch', type: 'uint32' },
    { name: 'index', type: 'uint32' },
    { name: 'proxy', type: 'address' },
    { name: 'kind', type: 'uint8' },
    { name: 'parent', type: 'bytes32' },
    { name: 'categories', type: 'uint32' },
    { name: 'sensitive', type: 'uint16' },
    { name: 'purposes', type: 'uint32' },
    { name: 'actions', type: 'uint16' },
    { name: 'validFrom', type: 'uint48' },
    { name: 'validUntil', type: 'uint48' },
    { name: 'salt', type: 'bytes32' },
  ],
} as const;

export const REVOKE_UNDER_PROXY_TYPES = {
  RevokeUnderProxy: [
    { name: 'link', type: 'bytes32' },
    { name: 'index', type: 'uint32' },
  ],
} as const;

/** Proxy terms as their signer signs them; `domain` is `consentDomain`. */
export function proxyTypedData(terms: ProxyTerms, domain: ContractDomain) {
  return { domain, types: PROXY_TYPES, primaryType: 'Proxy', message: terms } as const;
}

/** The identifier of proxy terms: their EIP-712 digest. */
export function proxyId(terms: ProxyTerms, domain: ContractDomain): Hex {
  return hashTypedData(proxyTypedData(terms, domain));
}

/** A proxy's refusal of what it signed under the terms `link` (`proxyId`), by its index. */
export interface ProxyRevocation {
  readonly link: Hex;
  readonly index: number;
}

/** The refusal by a proxy, for `Consents.revokeUnderProxyBySig`; `domain` is `consentDomain`. */
export function revokeUnderProxyTypedData({ link, index }: ProxyRevocation, domain: ContractDomain) {
  return {
    domain,
    types: REVOKE_UNDER_PROXY_TYPES,
    primaryType: 'RevokeUnderProxy',
    message: { link, index },
  } as const;
}

/**
 * The address under which the ledger keeps a proxy's refusals, in place of a subject: what a proxy signed is refused by the bit of
 * the subject or by that of this space.
 */
export function proxySpace(proxy: Address, link: Hex): Address {
  const hash = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'bytes32' }], [proxy, link]));
  return `0x${hash.slice(-40)}`;
}
