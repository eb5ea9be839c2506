import { type ContractDomain, consentId, type Grant } from '@anamnesis/protocol';
import { isAddressEqual, recoverAddress } from 'viem';
import type { Failure } from './report.ts';
import type { TrustedLedger } from './trustedLedger.ts';

/** What came of verifying a signed consent. `inForce` is null without a ledger, which alone knows of refusals. */
export interface ConsentVerdict {
  readonly id: `0x${string}`;
  readonly failure: Failure | null;
  readonly inForce: boolean | null;
}

/**
 * Verifies that a consent was signed by its subject, or with a ledger by the subject's controller (contract accounts included), and
 * whether it is in force at `now` (seconds since 1970). A consent that was refused later was still signed: that is no failure.
 * Without a ledger, the signature of a rotated subject or of a contract account cannot be judged and is reported so.
 */
export async function verifyConsent(
  grant: Grant,
  domain: ContractDomain,
  ledger: TrustedLedger | null,
  now: number,
): Promise<ConsentVerdict> {
  const { terms, signature } = grant;
  const id = consentId(terms, domain);
  const where = `consent ${terms.index} for organisation ${terms.grantee}`;
  const recovered = await recoverAddress({ hash: id, signature }).catch(() => null);
  let signed = recovered !== null && isAddressEqual(recovered, terms.subject);
  if (!ledger) {
    const detail = 'it is not signed by the subject itself; only the ledger knows of another key';
    return { id, inForce: null, failure: signed ? null : { where, reason: 'consent-signature', detail } };
  }
  const { controller, epoch } = await ledger.subject(terms.subject);
  signed ||= recovered !== null && isAddressEqual(recovered, controller);
  signed ||= await ledger.isSignatureOf(controller, id, signature);
  const detail = 'it is signed neither by the subject nor by the key that decides for it';
  const inForce =
    signed &&
    epoch === terms.epoch &&
    now >= terms.validFrom &&
    now < terms.validUntil &&
    !(await ledger.isRevoked(terms));
  return { id, inForce, failure: signed ? null : { where, reason: 'consent-signature', detail } };
}
