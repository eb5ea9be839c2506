/** The database under everything: PGlite on disk or PostgreSQL, the Merkle logs and the content keys. */
export { StorageError, type StorageErrorCode } from './errors.ts';
export { Group, type Settled } from './group.ts';
export { type ContentKey, ContentKeys, keptOwner, keyOwner } from './keys.ts';
export {
  appendLeaves,
  consistency,
  inclusion,
  inclusions,
  leafHashes,
  lockLog,
  logEntries,
  logRoot,
  logSize,
  subtreeHashes,
} from './log.ts';
export { lookUpTogether } from './lookups.ts';
export { type DatabaseLocation, openDatabase } from './open.ts';
export type { Database, Migration, Planned, Queryable, Transaction } from './types.ts';
