import type { Address, Hex } from 'viem';
import { hashTypedData } from 'viem/utils';
import { AnamnesisError } from '../errors.ts';
import type { ContractDomain } from './typed-data.ts';

/** People who together give a subject a new key. The ledger holds `guardianCommitment` of it alone, until they act. */
export interface GuardianSet {
  /** 1 to 15 addresses, in strictly ascending order: see `guardianSet`. */
  readonly guardians: readonly Address[];
  /** How many of them must sign. */
  readonly threshold: number;
  /** Seconds between the start of a recovery and its execution: 1 to 90 days. */
  readonly delay: number;
  /** 32 random bytes: without them the commitment tells neither who they are nor how many. */
  readonly salt: Hex;
}

export const GUARDIAN_SET_TYPES = {
  GuardianSet: [
    { name: 'subject', type: 'address' },
    { name: 'guardians', type: 'address[]' },
    { name: 'threshold', type: 'uint8' },
    { name: 'delay', type: 'uint32' },
    { name: 'salt', type: 'bytes32' },
  ],
} as const;

export const SET_GUARDIANS_TYPES = {
  SetGuardians: [
    { name: 'subject', type: 'address' },
    { name: 'commitment', type: 'bytes32' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint48' },
  ],
} as const;

export const RECOVER_TYPES = {
  Recover: [
    { name: 'subject', type: 'address' },
    { name: 'newController', type: 'address' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint48' },
  ],
} as const;

export const VETO_RECOVERY_TYPES = {
  VetoRecovery: [
    { name: 'subject', type: 'address' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint48' },
  ],
} as const;

export const GUARDIANS_REVOKE_ALL_TYPES = {
  GuardiansRevokeAll: [
    { name: 'subject', type: 'address' },
    { name: 'epoch', type: 'uint32' },
    { name: 'deadline', type: 'uint48' },
  ],
} as const;

const DAY = 86_400;

/**
 * A set in the order and within the bounds that the ledger will ask for when it is opened. A commitment to any other set would
 * be accepted, and be of no use to anybody.
 *
 * @throws AnamnesisError `guardians-malformed`.
 */
export function guardianSet(set: GuardianSet): GuardianSet {
  const guardians = [...set.guardians].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const distinct = new Set(guardians.map((address) => address.toLowerCase()));
  const sound =
    guardians.length <= 15 &&
    distinct.size === guardians.length &&
    guardians.every((address) => BigInt(address) !== 0n) &&
    Number.isInteger(set.threshold) &&
    set.threshold >= 1 &&
    set.threshold <= guardians.length &&
    Number.isInteger(set.delay) &&
    set.delay >= DAY &&
    set.delay <= 90 * DAY;
  if (!sound) {
    const message = 'A set has 1 to 15 different guardians, of whom enough can sign, and a delay of 1 to 90 days.';
    throw new AnamnesisError('guardians-malformed', message);
  }
  return { ...set, guardians };
}

/**
 * The commitment to a set, for `Subjects.setGuardians`; `domain` is `subjectsDomain`.
 *
 * @throws AnamnesisError `guardians-malformed`.
 */
export function guardianCommitment(subject: Address, set: GuardianSet, domain: ContractDomain): Hex {
  const message = { subject, ...guardianSet(set) };
  return hashTypedData({ domain, types: GUARDIAN_SET_TYPES, primaryType: 'GuardianSet', message });
}

/** Naming guardians; `nonce` is the subject's on the ledger, `deadline` in seconds since 1970. */
export interface GuardianChange {
  readonly subject: Address;
  /** `guardianCommitment`, or 32 zero bytes for none. */
  readonly commitment: Hex;
  readonly nonce: bigint;
  readonly deadline: number;
}

/** What the controller signs, for `Subjects.setGuardiansBySig`; `domain` is `subjectsDomain`. */
export function setGuardiansTypedData(change: GuardianChange, domain: ContractDomain) {
  const { subject, commitment, nonce, deadline } = change;
  const message = { subject, commitment, nonce, deadline };
  return { domain, types: SET_GUARDIANS_TYPES, primaryType: 'SetGuardians', message } as const;
}

/** Giving a subject a new key; `nonce` is the subject's on the ledger, `deadline` in seconds since 1970. */
export interface Recovery {
  readonly subject: Address;
  readonly newController: Address;
  readonly nonce: bigint;
  readonly deadline: number;
}

/** What each guardian signs, for `Subjects.startRecovery`; `domain` is `subjectsDomain`. */
export function recoverTypedData({ subject, newController, nonce, deadline }: Recovery, domain: ContractDomain) {
  const message = { subject, newController, nonce, deadline };
  return { domain, types: RECOVER_TYPES, primaryType: 'Recover', message } as const;
}

/** Refusing a recovery; `nonce` is the subject's on the ledger, `deadline` in seconds since 1970. */
export interface RecoveryVeto {
  readonly subject: Address;
  readonly nonce: bigint;
  readonly deadline: number;
}

/** What the controller signs, for `Subjects.vetoRecoveryBySig`; `domain` is `subjectsDomain`. */
export function vetoRecoveryTypedData({ subject, nonce, deadline }: RecoveryVeto, domain: ContractDomain) {
  const message = { subject, nonce, deadline };
  return { domain, types: VETO_RECOVERY_TYPES, primaryType: 'VetoRecovery', message } as const;
}

/** The refusal of all consents by guardians; `epoch` is the subject's on the ledger, `deadline` in seconds since 1970. */
export interface GuardiansRevocation {
  readonly subject: Address;
  readonly epoch: number;
  readonly deadline: number;
}

/** What each guardian signs, for `Subjects.revokeAllByGuardians`; `domain` is `subjectsDomain`. */
export function guardiansRevokeAllTypedData(refusal: GuardiansRevocation, domain: ContractDomain) {
  const { subject, epoch, deadline } = refusal;
  const message = { subject, epoch, deadline };
  return { domain, types: GUARDIANS_REVOKE_ALL_TYPES, primaryType: 'GuardiansRevokeAll', message } as const;
}
