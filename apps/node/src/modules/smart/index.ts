/** SMART App Launch 2.2: apps that act for people, and by themselves, within scopes that were granted. */
export type { App } from '@anamnesis/protocol';
export { type AppRegistry, registeredScopes } from './apps.ts';
export { FAILURE_WINDOW, MAX_CLIENT_FAILURES, MAX_FAILURES } from './attempts.ts';
export {
  type AppStanding,
  appStanding,
  authorizeApp,
  authorizeStanding,
  claimsOfUser,
  pickerAuthority,
  userScope,
} from './authority.ts';
export type { DemoUser, LaunchContext, SmartConfig, SmartContext, UpstreamConfig } from './context.ts';
export { eraseUsers } from './erase.ts';
export { LAUNCH_LIFE, type Launch, type LaunchReference, openLaunch, readLaunch, takeLaunch } from './launches.ts';
export { COMMON_TYPES, grantedScopes, type Offer, type OfferedPart, offerOf, typeField } from './offer.ts';
export { checkDemoUsers, openSmart } from './open.ts';
export {
  keepChallenge,
  registerPasskey,
  registrationOptions,
  relyingParty,
  signInOptions,
  type VerifiedPasskey,
  verifiedAssertion,
  verifiedRegistration,
  verifyPasskey,
} from './passkeys.ts';
export { CONTEXT_SCOPES, formatScope, parseScope, rulesOf, type SmartScope, scopeWords, within } from './scopes.ts';
export {
  authenticateUser,
  authorizeUser,
  authorizeUserSession,
  closeStaffSession,
  openStaffSession,
  STAFF_SESSION,
} from './staff-sessions.ts';
export { finishUpstream, startUpstream, UpstreamError } from './upstream.ts';
export { INVITATION_LIFE, type User, type UserRole } from './users.ts';
