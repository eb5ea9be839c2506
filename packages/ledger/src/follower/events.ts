import type { Address, Hash, Hex, Log as RawLog } from 'viem';
import { parseEventLogs, toHex } from 'viem';
import { eventAbi } from '../abi.ts';

/** Raised whenever more is taken from the ledger than before: what was kept is then read anew. */
export const EVENTS_VERSION = 2;

/** Where an event stands. */
interface Place {
  readonly block: number;
  /** Position among all logs of the block. */
  readonly index: number;
  readonly transaction: Hash;
}

/** What happened on the ledger, one contract event each. All of it is JSON. Times in seconds since 1970. */
export type LedgerEvent = Place &
  (
    | {
        readonly kind: 'organization-admitted';
        readonly organization: number;
        readonly operator: Address;
        readonly roles: number;
        readonly jurisdiction: number;
        readonly operatorUntil: number;
        readonly profileHash: Hash;
        readonly profileUrl: string;
      }
    | { readonly kind: 'organization-suspended'; readonly organization: number }
    | { readonly kind: 'organization-reinstated'; readonly organization: number }
    | { readonly kind: 'roles-changed'; readonly organization: number; readonly roles: number }
    /** How many emergencies the organisation may declare; at admission, too, where that is not 0. */
    | { readonly kind: 'emergency-quota-changed'; readonly organization: number; readonly quota: number }
    | {
        readonly kind: 'operator-rotated';
        readonly organization: number;
        readonly operator: Address;
        readonly operatorUntil: number;
      }
    | {
        readonly kind: 'profile-changed';
        readonly organization: number;
        readonly profileHash: Hash;
        readonly profileUrl: string;
      }
    | {
        readonly kind: 'subject-changed';
        readonly subject: Address;
        /** Absent when all consents were refused and the controller stayed. */
        readonly controller?: Address;
        readonly epoch: number;
        /** Decimal digits. */
        readonly nonce: string;
      }
    /** Guardians were named by a commitment (all zero: none), in force from `effectiveFrom`. Controller and epoch stay. */
    | {
        readonly kind: 'guardians-set';
        readonly subject: Address;
        readonly commitment: Hash;
        readonly effectiveFrom: number;
        /** Decimal digits. */
        readonly nonce: string;
      }
    /** Unless the controller acts before, `newController` can take over at `readyAt`. */
    | {
        readonly kind: 'recovery-started';
        readonly subject: Address;
        readonly newController: Address;
        readonly readyAt: number;
        /** Decimal digits. */
        readonly nonce: string;
      }
    | {
        readonly kind: 'recovery-vetoed';
        readonly subject: Address;
        /** Decimal digits. */
        readonly nonce: string;
      }
    /** `consent` is the index of the consent, the number of its revocation bit. */
    | { readonly kind: 'consent-revoked'; readonly subject: Address; readonly consent: number }
    /** The refusals with the indexes `256 * word` to `256 * word + 255` are now `bits`, lowest first. */
    | { readonly kind: 'consents-revoked'; readonly subject: Address; readonly word: number; readonly bits: Hex }
    | {
        readonly kind: 'emergency-declared';
        readonly organization: number;
        readonly slot: number;
        /** A number of `EMERGENCY_REASONS`. */
        readonly reason: number;
        readonly declaredAt: number;
        readonly until: number;
        readonly commitment: Hash;
      }
    | {
        readonly kind: 'emergency-ended';
        readonly organization: number;
        readonly slot: number;
        readonly declaredAt: number;
        readonly until: number;
      }
    | {
        readonly kind: 'emergency-reviewed';
        readonly organization: number;
        readonly slot: number;
        readonly declaredAt: number;
        /** A number of `EMERGENCY_OUTCOMES`. */
        readonly outcome: number;
        readonly reviewer: number;
      }
    | {
        readonly kind: 'checkpoint-posted';
        readonly organization: number;
        readonly stream: number;
        readonly root: Hash;
        readonly size: number;
        readonly time: number;
      }
    /** Somebody showed that a log contradicts itself. */
    | {
        readonly kind: 'equivocation-recorded';
        readonly organization: number;
        readonly stream: number;
        /** A place in `CONTRADICTIONS`. */
        readonly contradiction: number;
        readonly time: number;
      }
  );

/** The events among raw logs, in order. Logs that are none of ours are left out. */
export function decodeEvents(logs: readonly RawLog<bigint, number, false>[]): LedgerEvent[] {
  const parsed = parseEventLogs({ abi: eventAbi, logs: [...logs], strict: true });
  const events = parsed.flatMap((log): LedgerEvent[] => {
    const place = { block: Number(log.blockNumber), index: log.logIndex, transaction: log.transactionHash };
    switch (log.eventName) {
      case 'OrganizationAdmitted': {
        const { id, ...rest } = log.args;
        return [{ ...place, kind: 'organization-admitted', organization: id, ...rest }];
      }
      case 'OrganizationSuspended':
        return [{ ...place, kind: 'organization-suspended', organization: log.args.id }];
      case 'OrganizationReinstated':
        return [{ ...place, kind: 'organization-reinstated', organization: log.args.id }];
      case 'RolesChanged':
        return [{ ...place, kind: 'roles-changed', organization: log.args.id, roles: log.args.roles }];
      case 'EmergencyQuotaChanged':
        return [{ ...place, kind: 'emergency-quota-changed', organization: log.args.id, quota: log.args.quota }];
      case 'OperatorRotated': {
        const { id, newOperator, operatorUntil } = log.args;
        return [{ ...place, kind: 'operator-rotated', organization: id, operator: newOperator, operatorUntil }];
      }
      case 'ProfileChanged': {
        const { id, profileHash, profileUrl } = log.args;
        return [{ ...place, kind: 'profile-changed', organization: id, profileHash, profileUrl }];
      }
      case 'SubjectRotated': {
        const { subject, controller, epoch, nonce } = log.args;
        return [{ ...place, kind: 'subject-changed', subject, controller, epoch, nonce: String(nonce) }];
      }
      case 'AllRevoked': {
        const { subject, epoch, nonce } = log.args;
        return [{ ...place, kind: 'subject-changed', subject, epoch, nonce: String(nonce) }];
      }
      case 'ConsentRevoked':
        return [{ ...place, kind: 'consent-revoked', subject: log.args.subject, consent: log.args.index }];
      case 'ConsentsRevoked': {
        const { subject, word, bits } = log.args;
        return [{ ...place, kind: 'consents-revoked', subject, word, bits: toHex(bits, { size: 32 }) }];
      }
      case 'GuardiansSet': {
        const { nonce, ...rest } = log.args;
        return [{ ...place, kind: 'guardians-set', ...rest, nonce: String(nonce) }];
      }
      case 'RecoveryStarted': {
        const { nonce, ...rest } = log.args;
        return [{ ...place, kind: 'recovery-started', ...rest, nonce: String(nonce) }];
      }
      case 'RecoveryVetoed':
        return [{ ...place, kind: 'recovery-vetoed', subject: log.args.subject, nonce: String(log.args.nonce) }];
      case 'EmergencyDeclared':
        return [{ ...place, kind: 'emergency-declared', ...log.args }];
      case 'EmergencyEnded':
        return [{ ...place, kind: 'emergency-ended', ...log.args }];
      case 'EmergencyReviewed':
        return [{ ...place, kind: 'emergency-reviewed', ...log.args }];
      case 'CheckpointPosted': {
        const { size, ...rest } = log.args;
        return [{ ...place, kind: 'checkpoint-posted', ...rest, size: Number(size) }];
      }
      case 'EquivocationRecorded': {
        const { organization, stream, contradiction, time } = log.args;
        return [{ ...place, kind: 'equivocation-recorded', organization, stream, contradiction, time }];
      }
      default:
        return [];
    }
  });
  return events.sort((a, b) => a.block - b.block || a.index - b.index);
}
