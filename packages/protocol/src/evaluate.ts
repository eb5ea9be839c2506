import type { Hex } from 'viem';
import { ANYONE, type ConsentTerms } from './terms/index.ts';

/** What somebody wants to do under a consent: the `Request` of the Consents contract. */
export interface AccessRequest {
  /** Directory id of the organisation that asks. */
  readonly grantee: number;
  /** `recipientOf(…)` of the person who asks, or `ANYONE` when unnamed. */
  readonly recipient: Hex;
  /** Every category asked for; not empty. */
  readonly categories: number;
  /** Every sensitive class asked for. */
  readonly sensitive: number;
  /** Exactly one purpose bit. */
  readonly purpose: number;
  /** Every action asked for; not empty. */
  readonly action: number;
  /** Seconds since 1970 for which validity is judged. */
  readonly time: number;
}

/** What the ledger says at this moment about a consent and the subject that signed it. */
export interface ConsentState {
  /** The subject's present epoch. */
  readonly epoch: number;
  /** Whether the consent's revocation bit is set, on the ledger or by a signed refusal that was received. */
  readonly revoked: boolean;
  /** Whether the signature is that of the subject's present controller. */
  readonly controllerMatches: boolean;
  /** Whether the grantee is an active organisation of the Directory. */
  readonly granteeActive: boolean;
}

/** Why a request is denied: in the contract, the error of the same name (`wrong-grantee` is `Consents_WrongGrantee`). */
export type DenialReason =
  | 'wrong-grantee'
  | 'wrong-recipient'
  | 'not-yet-valid'
  | 'expired'
  | 'invalid-request'
  | 'categories-not-covered'
  | 'sensitive-not-covered'
  | 'purpose-not-covered'
  | 'action-not-covered'
  | 'revoked'
  | 'wrong-epoch'
  | 'inactive-grantee'
  | 'invalid-signature';

export type Decision =
  | { readonly decision: 'permit'; readonly reason: null }
  | { readonly decision: 'deny'; readonly reason: DenialReason };

/**
 * Whether the terms allow the request in this state: the same questions in the same order as `Consents.check` on the ledger, so node,
 * portal and contract give the same answer.
 */
export function permits(terms: ConsentTerms, state: ConsentState, request: AccessRequest): Decision {
  const reason = denial(terms, state, request);
  return reason === null ? { decision: 'permit', reason } : { decision: 'deny', reason };
}

function denial(terms: ConsentTerms, state: ConsentState, request: AccessRequest): DenialReason | null {
  if (terms.grantee !== request.grantee) return 'wrong-grantee';
  if (terms.recipient !== ANYONE && terms.recipient.toLowerCase() !== request.recipient.toLowerCase()) {
    return 'wrong-recipient';
  }
  // Written so that NaN, which no clock should give, is refused.
  if (!(request.time >= terms.validFrom)) return 'not-yet-valid';
  if (!(request.time < terms.validUntil)) return 'expired';
  const { purpose } = request;
  const onePurpose = purpose !== 0 && (purpose & (purpose - 1)) === 0;
  if (!onePurpose || request.categories === 0 || request.action === 0) return 'invalid-request';
  if ((request.categories & ~terms.categories) !== 0) return 'categories-not-covered';
  if ((request.sensitive & ~terms.sensitive) !== 0) return 'sensitive-not-covered';
  if ((purpose & terms.purposes) === 0) return 'purpose-not-covered';
  if ((request.action & ~terms.actions) !== 0) return 'action-not-covered';
  if (state.revoked) return 'revoked';
  if (terms.epoch !== state.epoch) return 'wrong-epoch';
  if (!state.granteeActive) return 'inactive-grantee';
  return state.controllerMatches ? null : 'invalid-signature';
}
