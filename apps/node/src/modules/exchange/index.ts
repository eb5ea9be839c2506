/** Exchange with other organisations: tokens for those who ask us, and asking, verifying and keeping what others release to us. */
export { ASSERTION_LIFE, signAssertion } from './assertion.ts';
export { authorizeConsent, authorizePeer, type PeerStanding, peerStanding } from './authority.ts';
export type { ExchangeContext } from './context.ts';
export {
  type Declared,
  declare,
  eraseEmergencies,
  type KeptEmergency,
  keep as keepEmergency,
} from './emergencies/declare.ts';
export { endDeclared } from './emergencies/end.ts';
export { fetchInEmergency } from './emergencies/fetch-emergency.ts';
export { findDeclared, type ListedEmergency, listDeclared, review } from './emergencies/list.ts';
export { tellOfEmergencies } from './emergencies/news.ts';
export {
  checkOpenedStatement,
  commitmentOfStatement,
  justificationOf,
  type OpenedStatement,
} from './emergencies/statement.ts';
export { eraseReceived } from './erase.ts';
export { ExchangeError, type ExchangeErrorCode, oauthError } from './errors.ts';
export { type FetchResult, fetchFromPeer } from './fetch.ts';
export { MAX_PROOFS, proveRecords } from './prove.ts';
export { readReceived, VERIFICATION } from './read-received.ts';
export { receivedOwner } from './received.ts';
export { authenticateOrganization, issueToken, type TokenAnswer } from './token.ts';
