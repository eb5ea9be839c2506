/** The access log: who touched what, for whom and why, provable by anyone and readable by the patient concerned. */
export { type Culprit, type Exposure, findExposure, recordsUnderKey } from './breach.ts';
export type { LogContext } from './context.ts';
export type { AccessAction, AccessEntry } from './entry.ts';
export { eraseAccessEntries } from './erase.ts';
export {
  type AccessPage,
  type AccessRange,
  accessPatient,
  appendAccess,
  findAccess,
  type LoggedAccess,
  proveAccess,
  proveAccesses,
  readAccessLog,
} from './log.ts';
export { type OpenedLeaf, proveLeaf, proveLeaves } from './proof.ts';
export { ACCESS_PARAMETERS, accessSearch, periodOf, searchAccess } from './search.ts';
