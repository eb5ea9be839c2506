import { history } from '../fhir/history.ts';
import { read } from '../fhir/read.ts';
import { count, search, searchAll } from '../fhir/search.ts';
import { create, post, remove, update } from '../fhir/write.ts';
import { type SessionParameters, sessionCredentials } from '../session/openSession.ts';
import { decideRollback } from '../verbs/decideRollback.ts';
import { declareEmergency } from '../verbs/declareEmergency.ts';
import { endEmergency } from '../verbs/endEmergency.ts';
import { exportPatient } from '../verbs/exportPatient.ts';
import { fetchFromPeer } from '../verbs/fetchFromPeer.ts';
import { fetchInEmergency } from '../verbs/fetchInEmergency.ts';
import { getAccessLog } from '../verbs/getAccessLog.ts';
import { getAccounting, getAccountingBundle, getAccountingPdf } from '../verbs/getAccounting.ts';
import { getBreachReport } from '../verbs/getBreachReport.ts';
import { getConsents } from '../verbs/getConsents.ts';
import { getEmergencies, getEmergency } from '../verbs/getEmergencies.ts';
import { getHealth, retryJobs } from '../verbs/getHealth.ts';
import { getLog } from '../verbs/getLog.ts';
import { getNotices, seeNotice } from '../verbs/getNotices.ts';
import { getOperatorHandover } from '../verbs/getOperatorHandover.ts';
import { getOrganizations } from '../verbs/getOrganizations.ts';
import { getProfile } from '../verbs/getProfile.ts';
import { getProof } from '../verbs/getProof.ts';
import { getProofs } from '../verbs/getProofs.ts';
import { getReceived } from '../verbs/getReceived.ts';
import { getReport } from '../verbs/getReport.ts';
import { getSignIn } from '../verbs/getSignIn.ts';
import { getStatus } from '../verbs/getStatus.ts';
import { grantConsent } from '../verbs/grantConsent.ts';
import { handOverOperatorKey } from '../verbs/handOverOperatorKey.ts';
import { beginJoin, joinAccount } from '../verbs/joinAccount.ts';
import { addLock, beginLock, getAccount, putAccountFile, removeLock } from '../verbs/keepAccount.ts';
import { linkSubject } from '../verbs/linkSubject.ts';
import { makeEnrolment } from '../verbs/makeEnrolment.ts';
import {
  approveRecovery,
  beginRecoveryLock,
  cancelRecovery,
  finishRecovery,
  getGuardians,
  getRecoveries,
  getRecoveryProgress,
  makeRecoveryCode,
  removeGuardians,
  sendRotation,
  setGuardians,
  startRecovery,
} from '../verbs/recoverAccount.ts';
import { endApp, getApps, registerApp } from '../verbs/registerApp.ts';
import { renewOperatorKey } from '../verbs/renewOperatorKey.ts';
import { answerRequest, getRequest, getRequests, requestAccess, withdrawRequest } from '../verbs/requestAccess.ts';
import { reviewEmergency } from '../verbs/reviewEmergency.ts';
import { revokeAllConsents, revokeConsent } from '../verbs/revokeConsent.ts';
import { sendCcda, sendHl7v2 } from '../verbs/sendIntake.ts';
import { sendRefusal } from '../verbs/signedRefusal.ts';
import { beginAccountSignIn, finishAccountSignIn } from '../verbs/signInAccount.ts';
import { signInDemo } from '../verbs/signInDemo.ts';
import { beginStaffSignIn, finishStaffSignIn, signOutStaff, whoAmI } from '../verbs/signInStaff.ts';
import { streamEvents } from '../verbs/streamEvents.ts';
import { withdrawOperatorHandover } from '../verbs/withdrawOperatorHandover.ts';
import { answerNote, writeNote } from '../verbs/writeNote.ts';
import { type Connection, type ConnectionOptions, connect } from './connection.ts';
import { bearer, type Credentials } from './credentials.ts';

export interface ClientOptions extends Omit<ConnectionOptions, 'credentials'> {
  /** A bearer token that staff or a program was given. */
  readonly token?: string | (() => Promise<string> | string) | undefined;
  /** A patient's key: a session is opened when first needed. */
  readonly session?: Omit<SessionParameters, 'signal'> | undefined;
}

/**
 * One node, with everything that can be asked of it. Each function is also exported by itself and then takes the connection first, so
 * that a page that needs one verb loads one verb.
 *
 * @example
 * const client = createClient({ baseUrl: 'https://node.hospital.example', token });
 * const patient = await client.fhir.read('Patient', '7');
 */
export function createClient(options: ClientOptions) {
  const { token, session, ...rest } = options;
  let credentials: Credentials | undefined;
  if (token !== undefined) credentials = bearer(token);
  else if (session) credentials = sessionCredentials(connect(rest), session);
  const connection = connect({ ...rest, credentials });
  return {
    ...connection,
    fhir: {
      read: bind(connection, read),
      search: bind(connection, search),
      searchAll: bind(connection, searchAll),
      count: bind(connection, count),
      history: bind(connection, history),
      create: bind(connection, create),
      update: bind(connection, update),
      remove: bind(connection, remove),
      post: bind(connection, post),
    },
    getProfile: bind(connection, getProfile),
    getStatus: bind(connection, getStatus),
    getLog: bind(connection, getLog),
    getProof: bind(connection, getProof),
    getProofs: bind(connection, getProofs),
    getAccessLog: bind(connection, getAccessLog),
    getAccounting: bind(connection, getAccounting),
    getAccountingBundle: bind(connection, getAccountingBundle),
    getAccountingPdf: bind(connection, getAccountingPdf),
    getBreachReport: bind(connection, getBreachReport),
    getConsents: bind(connection, getConsents),
    getReceived: bind(connection, getReceived),
    getReport: bind(connection, getReport),
    exportPatient: bind(connection, exportPatient),
    fetchFromPeer: bind(connection, fetchFromPeer),
    grantConsent: bind(connection, grantConsent),
    revokeConsent: bind(connection, revokeConsent),
    revokeAllConsents: bind(connection, revokeAllConsents),
    linkSubject: bind(connection, linkSubject),
    decideRollback: bind(connection, decideRollback),
    getSignIn: bind(connection, getSignIn),
    signInDemo: bind(connection, signInDemo),
    beginStaffSignIn: bind(connection, beginStaffSignIn),
    finishStaffSignIn: bind(connection, finishStaffSignIn),
    whoAmI: bind(connection, whoAmI),
    makeEnrolment: bind(connection, makeEnrolment),
    beginJoin: bind(connection, beginJoin),
    joinAccount: bind(connection, joinAccount),
    beginAccountSignIn: bind(connection, beginAccountSignIn),
    finishAccountSignIn: bind(connection, finishAccountSignIn),
    getAccount: bind(connection, getAccount),
    putAccountFile: bind(connection, putAccountFile),
    beginLock: bind(connection, beginLock),
    addLock: bind(connection, addLock),
    removeLock: bind(connection, removeLock),
    sendRefusal: bind(connection, sendRefusal),
    sendCcda: bind(connection, sendCcda),
    sendHl7v2: bind(connection, sendHl7v2),
    requestAccess: bind(connection, requestAccess),
    getRequests: bind(connection, getRequests),
    getRequest: bind(connection, getRequest),
    answerRequest: bind(connection, answerRequest),
    withdrawRequest: bind(connection, withdrawRequest),
    declareEmergency: bind(connection, declareEmergency),
    getEmergencies: bind(connection, getEmergencies),
    getEmergency: bind(connection, getEmergency),
    fetchInEmergency: bind(connection, fetchInEmergency),
    endEmergency: bind(connection, endEmergency),
    reviewEmergency: bind(connection, reviewEmergency),
    getOrganizations: bind(connection, getOrganizations),
    getNotices: bind(connection, getNotices),
    seeNotice: bind(connection, seeNotice),
    streamEvents: bind(connection, streamEvents),
    getHealth: bind(connection, getHealth),
    retryJobs: bind(connection, retryJobs),
    renewOperatorKey: bind(connection, renewOperatorKey),
    getOperatorHandover: bind(connection, getOperatorHandover),
    handOverOperatorKey: bind(connection, handOverOperatorKey),
    withdrawOperatorHandover: bind(connection, withdrawOperatorHandover),
    registerApp: bind(connection, registerApp),
    getApps: bind(connection, getApps),
    endApp: bind(connection, endApp),
    writeNote: bind(connection, writeNote),
    answerNote: bind(connection, answerNote),
    getGuardians: bind(connection, getGuardians),
    setGuardians: bind(connection, setGuardians),
    removeGuardians: bind(connection, removeGuardians),
    makeRecoveryCode: bind(connection, makeRecoveryCode),
    startRecovery: bind(connection, startRecovery),
    getRecoveries: bind(connection, getRecoveries),
    approveRecovery: bind(connection, approveRecovery),
    cancelRecovery: bind(connection, cancelRecovery),
    getRecoveryProgress: bind(connection, getRecoveryProgress),
    beginRecoveryLock: bind(connection, beginRecoveryLock),
    finishRecovery: bind(connection, finishRecovery),
    sendRotation: bind(connection, sendRotation),
    signOutStaff: bind(connection, signOutStaff),
  };
}

export type Client = ReturnType<typeof createClient>;

function bind<Parameters extends unknown[], Result>(
  connection: Connection,
  verb: (connection: Connection, ...parameters: Parameters) => Result,
): (...parameters: Parameters) => Result {
  return (...parameters) => verb(connection, ...parameters);
}
