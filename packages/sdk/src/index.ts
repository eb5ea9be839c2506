export {
  fromPassphrase,
  generateHpkeKeyPair,
  type HpkeKeyPair,
  newSeed,
  type PassphraseKdf,
  PRF_INPUT,
  type SealedSeed,
  type SubjectPath,
  seedCheck,
  subjectAccount,
  unwrapSeed,
  type WrappedSeed,
  wrapSeed,
} from '@anamnesis/crypto';
export { type ChainPolicy, chainPolicy, checkDeployment, type Deployment } from '@anamnesis/ledger/portable';
export * from './account/account.ts';
export * from './account/accountFile.ts';
export * from './account/guardians.ts';
export * from './account/locks.ts';
export * from './account/openAccount.ts';
export * from './account/rotate.ts';
export * from './account/shareCode.ts';
export * from './account/takeIndex.ts';
export * from './client/acknowledgement.ts';
export * from './client/connection.ts';
export * from './client/createClient.ts';
export * from './client/credentials.ts';
export * from './client/errors.ts';
export * from './fhir/history.ts';
export * from './fhir/read.ts';
export * from './fhir/search.ts';
export * from './fhir/types.ts';
export * from './fhir/write.ts';
export * from './session/openSession.ts';
export * from './session/signer.ts';
export * from './verbs/decideRollback.ts';
export * from './verbs/declareEmergency.ts';
export * from './verbs/endEmergency.ts';
export * from './verbs/exportPatient.ts';
export * from './verbs/fetchFromPeer.ts';
export * from './verbs/fetchInEmergency.ts';
export * from './verbs/getAccessLog.ts';
export * from './verbs/getAccounting.ts';
export * from './verbs/getBreachReport.ts';
export * from './verbs/getCheckpoint.ts';
export * from './verbs/getConsents.ts';
export * from './verbs/getEmergencies.ts';
export * from './verbs/getHealth.ts';
export * from './verbs/getLog.ts';
export * from './verbs/getLogFindings.ts';
export * from './verbs/getNotices.ts';
export * from './verbs/getOperatorHandover.ts';
export * from './verbs/getOrganizations.ts';
export * from './verbs/getProfile.ts';
export * from './verbs/getProof.ts';
export * from './verbs/getProofs.ts';
export * from './verbs/getReceived.ts';
export * from './verbs/getReport.ts';
export * from './verbs/getSignIn.ts';
export * from './verbs/getStatus.ts';
export * from './verbs/grantConsent.ts';
export * from './verbs/handOverOperatorKey.ts';
export * from './verbs/joinAccount.ts';
export * from './verbs/keepAccount.ts';
export * from './verbs/linkSubject.ts';
export * from './verbs/makeEnrolment.ts';
export * from './verbs/recoverAccount.ts';
export * from './verbs/registerApp.ts';
export * from './verbs/renewOperatorKey.ts';
export * from './verbs/requestAccess.ts';
export * from './verbs/reviewEmergency.ts';
export * from './verbs/revokeConsent.ts';
export * from './verbs/sendIntake.ts';
export * from './verbs/signedRefusal.ts';
export * from './verbs/signInAccount.ts';
export * from './verbs/signInDemo.ts';
export * from './verbs/signInStaff.ts';
export * from './verbs/streamEvents.ts';
export * from './verbs/withdrawOperatorHandover.ts';
export * from './verbs/writeNote.ts';
export * from './verify/accountingFile.ts';
export * from './verify/exportFile.ts';
export * from './verify/monitorNodes.ts';
export * from './verify/openTrustedLedger.ts';
export * from './verify/posted.ts';
export * from './verify/report.ts';
export * from './verify/reportFile.ts';
export * from './verify/trustedLedger.ts';
export * from './verify/verifyAccounting.ts';
export * from './verify/verifyConsent.ts';
export * from './verify/verifyExport.ts';
export * from './verify/verifyLog.ts';
export * from './verify/verifyNode.ts';
export * from './verify/verifyRelease.ts';
