import type { Address, Hex } from 'viem';
import { keccak256 } from 'viem/utils';
import { utf8 } from '../bytes.ts';

/**
 * What a patient allows: the EIP-712 structure `Consent` that the subject's controller signs. Terms travel between patient, custodian
 * and grantee only; the ledger never sees them. Bit tables are in spec/codes.json; times are seconds since 1970.
 */
export interface ConsentTerms {
  /** The patient's pseudonymous address toward the custodian. */
  readonly subject: Address;
  /** The subject's epoch on the ledger when it was signed: a later epoch revokes it (uint32). */
  readonly epoch: number;
  /** Number of the consent among those of the subject; its revocation bit (uint32). */
  readonly index: number;
  /** Directory id of the organisation that may read (uint32). */
  readonly grantee: number;
  /** `recipientOf(…)` of the one practitioner who may read, or `ANYONE` at the grantee. */
  readonly recipient: Hex;
  /** Record categories (uint32 bits). */
  readonly categories: number;
  /** Sensitive classes that are not withheld (uint16 bits). */
  readonly sensitive: number;
  /** Purposes of use (uint32 bits). */
  readonly purposes: number;
  /** Actions (uint16 bits). */
  readonly actions: number;
  /** First second of care covered; may be before 1970; `CARE_OPEN_START` leaves it open (int48). */
  readonly careFrom: number;
  /** First second of care no longer covered; `CARE_OPEN_END` leaves it open (int48). */
  readonly careUntil: number;
  /** First second at which the consent holds (uint48). */
  readonly validFrom: number;
  /** First second at which it no longer holds (uint48). */
  readonly validUntil: number;
  /** 32 random bytes: without them the consent id, which is public once revoked, cannot be guessed. */
  readonly salt: Hex;
}

/** Least and greatest int48: a period of care without beginning or end. */
export const CARE_OPEN_START: number = -(2 ** 47);
export const CARE_OPEN_END: number = 2 ** 47 - 1;

/** `recipient` of a consent that is for anyone at the grantee. */
export const ANYONE: Hex = `0x${'00'.repeat(32)}`;

/** `recipient` of a consent for one person: keccak256 of the FHIR reference as the grantee writes it, such as `Practitioner/7`. */
export function recipientOf(reference: string): Hex {
  return keccak256(utf8(reference));
}
