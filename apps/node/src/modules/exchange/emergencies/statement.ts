import { checks, consentDomain, type EmergencyStatement, emergencyCommitment, utf8 } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import { keccak256 } from 'viem/utils';
import type { ConsentContext } from '../../consent/index.ts';

/** A statement with what it hides by hash: what the custodian and the patient are shown, and the ledger is not. */
export interface OpenedStatement {
  readonly statement: EmergencyStatement;
  /** Why, in words. */
  readonly text: string;
  /** FHIR reference of the practitioner who asks, as her organisation names her. */
  readonly practitioner: string;
  /** Id of the Patient at the custodian, where she is named so and not by a subject. */
  readonly patient: string | null;
}

const { address, hex, nullable, object, text, whole } = checks('emergency-malformed');

/** From outside. Throws AnamnesisError `emergency-malformed`. */
export const checkOpenedStatement = object<OpenedStatement>({
  statement: object<EmergencyStatement>({
    organization: whole(1, 2 ** 32 - 1),
    custodian: whole(1, 2 ** 32 - 1),
    subject: address,
    recipient: hex(32),
    justification: hex(32),
    salt: hex(32),
  }),
  text: text(10, 2000),
  practitioner: text(1, 100),
  patient: nullable(text(1, 64)),
});

/** What stands for a Patient who has no subject, or whose subject nobody knows who stands beside her: made of her id at the custodian, hidden by the salt. */
export function subjectOfPatient(custodian: number, patient: string): Address {
  return `0x${keccak256(utf8(`anamnesis/emergency-patient/v1\n${custodian}\n${patient}`)).slice(-40)}`;
}

export function justificationOf(text: string): Hex {
  return keccak256(utf8(text));
}

/** The commitment that is declared on the ledger, and the id of the emergency. */
export function commitmentOfStatement(context: ConsentContext, statement: EmergencyStatement): Hex {
  const domain = consentDomain(context.ledger.chainId, context.reader.deployment.consents);
  return emergencyCommitment(statement, domain).toLowerCase() as Hex;
}
