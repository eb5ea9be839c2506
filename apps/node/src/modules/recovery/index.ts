/** Guardians of accounts, and getting an account back when every device is lost. */

export { finishRecovery, recoveryPlace } from './finish.ts';
export { findGuardians, removeGuardians, setGuardians, wardsOf } from './guardians.ts';
export {
  approveRecovery,
  cancelRecovery,
  findRecovery,
  listRecoveries,
  openRecoveryCode,
  progressOf,
  type Recovery,
  recoveryOfToken,
  startRecovery,
} from './recoveries.ts';
