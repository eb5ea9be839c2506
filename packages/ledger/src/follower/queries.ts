import { type Log, type PostedCheckpoint, streamOf } from '@anamnesis/protocol';
import type { Address } from 'viem';
import {
  type FollowedEmergency,
  type FollowedEquivocation,
  type FollowedOrganization,
  type FollowedSubject,
  keyOf,
  type LedgerState,
} from './state.ts';

/** Questions to the state of the ledger. */
export interface LedgerQueries {
  organization(id: number): FollowedOrganization | null;
  organizations(): FollowedOrganization[];
  /**
   * The organisation for which a key may act at a time (seconds since 1970, default now): as `organizationOf` of the Directory,
   * null for a stranger, an expired or retired key, and the key of a suspended organisation.
   */
  organizationByOperator(operator: Address, at?: number): FollowedOrganization | null;
  /** A subject that never appeared on the ledger is its own controller, epoch 0. */
  subject(subject: Address): FollowedSubject;
  /** Whether the ledger holds a refusal of the consent with this index. `subject` may be a `proxySpace`. */
  isRevoked(subject: Address, index: number): boolean;
  /** The last emergency in each slot that an organisation has used. */
  emergencies(organization: number): FollowedEmergency[];
  /** Every log that was shown to contradict itself. */
  equivocations(): FollowedEquivocation[];
  /** All checkpoints of an organisation's log, oldest first; sizes rise. */
  checkpoints(organization: number, log: Log): readonly PostedCheckpoint[];
  latestCheckpoint(organization: number, log: Log): PostedCheckpoint | null;
  /** The first checkpoint that covers the leaf with this number; null while it is not sealed. */
  checkpointCovering(organization: number, log: Log, leaf: number): PostedCheckpoint | null;
}

/** Answers from whatever state is present at the moment of the question. */
export function ledgerQueries(state: () => LedgerState): LedgerQueries {
  const checkpoints = (organization: number, log: Log) => state().checkpoints[`${organization}/${streamOf(log)}`] ?? [];
  return {
    organization: (id) => state().organizations[id] ?? null,
    organizations: () => Object.values(state().organizations),
    organizationByOperator(operator, at = Math.floor(Date.now() / 1000)) {
      const found = state().organizations[state().operators[keyOf(operator)] ?? 0];
      return found && found.status === 'active' && at < found.operatorUntil ? found : null;
    },
    subject: (subject) => state().subjects[keyOf(subject)] ?? { controller: subject, epoch: 0, nonce: '0' },
    isRevoked(subject, index) {
      const word = state().revocations[keyOf(subject)]?.[Math.floor(index / 256)];
      return word !== undefined && ((BigInt(word) >> BigInt(index % 256)) & 1n) === 1n;
    },
    emergencies: (organization) =>
      Object.values(state().emergencies).filter((emergency) => emergency.organization === organization),
    equivocations: () => Object.values(state().equivocations),
    checkpoints,
    latestCheckpoint: (organization, log) => checkpoints(organization, log).at(-1) ?? null,
    checkpointCovering(organization, log, leaf) {
      const all = checkpoints(organization, log);
      let [low, high] = [0, all.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((all[middle]?.size ?? 0) > leaf) high = middle;
        else low = middle + 1;
      }
      return all[low] ?? null;
    },
  };
}
