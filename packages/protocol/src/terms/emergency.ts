import type { Address, Hex } from 'viem';
import { hashTypedData } from 'viem/utils';
import type { ContractDomain } from './typed-data.ts';

/** What an emergency declaration hides: shown to the custodian, to the reviewer and to the patient. */
export interface EmergencyStatement {
  /** Directory id of the organisation that declares. */
  readonly organization: number;
  /** Directory id of the organisation whose records are needed. */
  readonly custodian: number;
  /** The patient's pseudonymous address at the custodian. */
  readonly subject: Address;
  /** `recipientOf(…)` of the practitioner who asks. */
  readonly recipient: Hex;
  /** keccak256 of the UTF-8 bytes of the justification. */
  readonly justification: Hex;
  /** 32 random bytes: without them the commitment could be guessed. */
  readonly salt: Hex;
}

export const EMERGENCY_TYPES = {
  Emergency: [
    { name: 'organization', type: 'uint32' },
    { name: 'custodian', type: 'uint32' },
    { name: 'subject', type: 'address' },
    { name: 'recipient', type: 'bytes32' },
    { name: 'justification', type: 'bytes32' },
    { name: 'salt', type: 'bytes32' },
  ],
} as const;

/** What the ledger keeps of a statement, for `Consents.declareEmergency`; `domain` is `consentDomain`. */
export function emergencyCommitment(statement: EmergencyStatement, domain: ContractDomain): Hex {
  return hashTypedData({ domain, types: EMERGENCY_TYPES, primaryType: 'Emergency', message: { ...statement } });
}
