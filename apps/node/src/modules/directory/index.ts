/** The node's view of the ledger and of its peers, and the outbox of what it sends to the ledger. */
export { checkpointCovering, findCheckpoint, latestCheckpoint } from './checkpoints.ts';
export { type Directory, type DirectoryOptions, openDirectory } from './directory.ts';
export { findEmergency, type LedgerEmergency, listEmergencies } from './emergencies.ts';
export { DirectoryError, type DirectoryErrorCode } from './errors.ts';
export { ask, checkAddress, DEFAULT_LIMITS, type PeerAnswer, type PeerLimits, type PeerRequest } from './http.ts';
export {
  activeOrganization,
  findOrganization,
  listOrganizations,
  type Organization,
  operatorKeys,
} from './organizations.ts';
export { intend, sqlOutboxStore } from './outbox.ts';
export { findPeer, type Peer } from './peers.ts';
export { isRevokedOnLedger, lower, type SubjectState, subjectState } from './subjects.ts';
