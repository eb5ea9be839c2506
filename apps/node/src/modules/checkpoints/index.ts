/** Checkpoints of this node's logs on the ledger, and the check that its database is the one that was sealed. */
export { type Checkpoints, type CheckpointsOptions, type CheckpointsStatus, openCheckpoints } from './checkpoints.ts';
export { findRollback, type Rollback, rolledBackError } from './rollback.ts';
export { sealState } from './seal.ts';
