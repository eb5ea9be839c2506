/** One organisation's node, for those who start it in their own process. */
export {
  type IntakeSettings,
  keysPath,
  type NodeConfig,
  type NodeKeys,
  nodeConfig,
  openNodeKeys,
  profileBytes,
  profileUrl,
  readIntakeSettings,
} from './config/index.ts';
export { type AccountsContext, ensureDemoAccount } from './modules/accounts/index.ts';
export type { KeptFinding } from './modules/checkpoints/index.ts';
export {
  ALL,
  type Authority,
  type ClientRole,
  ensureClient,
  linkSubject,
  newSecret,
  patientOf,
  type Requester,
} from './modules/consent/index.ts';
export { openRecordWriter, reindexRecords } from './modules/records/index.ts';
export { type Finding, type SelfCheck, selfCheck } from './modules/self-check/index.ts';
export type { DemoUser, SmartContext } from './modules/smart/index.ts';
export { type RunningNode, startNode } from './node.ts';
export { ContentKeys, openDatabase, type Queryable } from './storage/index.ts';
