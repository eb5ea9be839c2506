/**
 * Checkpoints of this node's logs on the ledger, the check that its database is the one that was sealed, and everything by which others can verify the
 * logs and this node those of others: tiles, signed and cosigned checkpoints, findings.
 */
export { type Checkpoints, type CheckpointsOptions, type CheckpointsStatus, openCheckpoints } from './checkpoints.ts';
export { keptCovering, type RollbackDecision, rollbackDecisions } from './decision.ts';
export type { KeptFinding } from './findings.ts';
export { type LogRange, logRange } from './range.ts';
export { findRollback, LOGS, type Rollback, rolledBackError } from './rollback.ts';
export { sealState } from './seal.ts';
export { readTile } from './tiles.ts';
export { openTransparency, type Transparency, type TransparencyOptions } from './transparency.ts';
export type { WitnessAnswer, Witnessed } from './witness.ts';
