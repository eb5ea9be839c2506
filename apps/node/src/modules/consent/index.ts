/** Who may do what: staff, patients' sessions, signed consents and refusals, and the one decision point. */
export type { Authority, Basis } from './authority.ts';
export {
  authenticateClient,
  type Client,
  type ClientRole,
  clientNamed,
  clientOf,
  disableClient,
  ensureClient,
  presentedClient,
  renewClient,
  seesRecords,
  staffAuthority,
} from './clients.ts';
export type { ConsentContext, Requester } from './context.ts';
export {
  type ConsentDecision,
  type ConsentRequest,
  decide,
  decideAt,
  type Obligation,
  type RefusalReason,
  refusalOf,
  scopeOf,
  standingOf,
} from './decide.ts';
export { directed, underDirectives } from './directives/apply-directives.ts';
export { readDirective } from './directives/read-directive.ts';
export { type EmergencySet, emergencyScope } from './emergency-scope.ts';
export { consentEntry } from './entries.ts';
export { type ErasedConsents, eraseConsents } from './erase.ts';
export { ConsentError, type ConsentErrorCode } from './errors.ts';
export { renderConsent } from './fhir.ts';
export { findConsent, idOf, listConsents, nextIndex, receiveGrant, type StoredConsent } from './grants.ts';
export { SIGHT, type Sight } from './grounds.ts';
export { linkSubject } from './link.ts';
export { addNotice } from './notices.ts';
export { checkRefusal, type Refusal, receiveRefusal } from './refusals.ts';
export { checkRotation, receiveRotation, type SignedRotation } from './rotation.ts';
export {
  ALL,
  NOTHING,
  type RuledScope,
  type Scope,
  type ScopeAction,
  type ScopeRule,
  UNCLASSIFIED,
  type WholeScope,
} from './scope.ts';
export { sealedConsents } from './sealed.ts';
export { hashSecret, newSecret, type SecretKind, secretKind } from './secrets.ts';
export {
  authenticateSession,
  checkSession,
  closeSession,
  MAX_SESSION,
  openSession,
  ownScope,
  type PatientSession,
  patientRequester,
  sessionOf,
  subjectAuthority,
} from './sessions.ts';
export { patientOf, subjectsOf } from './subjects.ts';
export { type TermsWithoutSigner, termsFromConsent } from './terms-from-fhir.ts';
