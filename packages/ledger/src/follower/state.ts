import type { PostedCheckpoint } from '@anamnesis/protocol';
import { type Address, type Hash, type Hex, toHex } from 'viem';
import type { LedgerEvent } from './events.ts';

/** An organisation as the events tell it. Times in seconds since 1970. */
export interface FollowedOrganization {
  readonly id: number;
  readonly roles: number;
  readonly jurisdiction: number;
  readonly status: 'active' | 'suspended';
  readonly operator: Address;
  readonly operatorUntil: number;
  /** How many emergencies it may declare at a time. */
  readonly emergencyQuota: number;
  readonly profileHash: Hash;
  readonly profileUrl: string;
  /** The block of its admission. */
  readonly admittedIn: number;
}

export interface FollowedSubject {
  readonly controller: Address;
  readonly epoch: number;
  /** Decimal digits. */
  readonly nonce: string;
}

/** The last emergency that an organisation declared in a slot. Times in seconds since 1970. */
export interface FollowedEmergency {
  readonly organization: number;
  readonly slot: number;
  /** A number of `EMERGENCY_REASONS`. */
  readonly reason: number;
  readonly declaredAt: number;
  /** First second at which the box is closed. */
  readonly until: number;
  readonly commitment: Hash;
  /** A number of `EMERGENCY_OUTCOMES`. */
  readonly outcome: number;
  /** The organisation that reviewed it. */
  readonly reviewer: number | null;
}

/** A log that was shown to contradict itself. */
export interface FollowedEquivocation {
  readonly organization: number;
  readonly stream: number;
  /** A place in `CONTRADICTIONS`. */
  readonly contradiction: number;
  /** Seconds since 1970 of the record. */
  readonly time: number;
}

/** What the ledger says, as plain JSON. Addresses are keys in lower case. A function of the events in their order, of nothing else. */
export interface LedgerState {
  organizations: Record<number, FollowedOrganization>;
  /** Present operator keys, suspended organisations included. */
  operators: Record<string, number>;
  subjects: Record<string, FollowedSubject>;
  /** Subject, or space of a proxy → number of the word → 256 revocation bits. */
  revocations: Record<string, Record<number, Hex>>;
  /** `organisation/stream` → checkpoints, oldest first. */
  checkpoints: Record<string, PostedCheckpoint[]>;
  /** `organisation/slot` → what was declared last. */
  emergencies: Record<string, FollowedEmergency>;
  /** `organisation/stream` → the contradiction on record. */
  equivocations: Record<string, FollowedEquivocation>;
}

export function emptyState(): LedgerState {
  return {
    organizations: {},
    operators: {},
    subjects: {},
    revocations: {},
    checkpoints: {},
    emergencies: {},
    equivocations: {},
  };
}

/** Changes `state` by one event. Events come in ledger order; to undo one, derive the state from the events before it. */
export function applyEvent(state: LedgerState, event: LedgerEvent): void {
  switch (event.kind) {
    case 'subject-changed': {
      const key = keyOf(event.subject);
      const controller = event.controller ?? state.subjects[key]?.controller ?? event.subject;
      state.subjects[key] = { controller, epoch: event.epoch, nonce: event.nonce };
      break;
    }
    case 'guardians-set':
    case 'recovery-started':
    case 'recovery-vetoed': {
      const key = keyOf(event.subject);
      const before = state.subjects[key] ?? { controller: event.subject, epoch: 0 };
      state.subjects[key] = { ...before, nonce: event.nonce };
      break;
    }
    case 'consents-revoked': {
      const key = keyOf(event.subject);
      state.revocations[key] = { ...state.revocations[key], [event.word]: event.bits };
      break;
    }
    case 'emergency-declared': {
      const { organization, slot, reason, declaredAt, until, commitment } = event;
      const declared = { organization, slot, reason, declaredAt, until, commitment, outcome: 0, reviewer: null };
      state.emergencies[`${organization}/${slot}`] = declared;
      break;
    }
    case 'emergency-ended':
      changeEmergency(state, event, { until: event.until });
      break;
    case 'emergency-reviewed':
      changeEmergency(state, event, { outcome: event.outcome, reviewer: event.reviewer });
      break;
    case 'consent-revoked': {
      const key = keyOf(event.subject);
      const words = state.revocations[key] ?? {};
      const word = Math.floor(event.consent / 256);
      words[word] = toHex(BigInt(words[word] ?? 0) | (1n << BigInt(event.consent % 256)), { size: 32 });
      state.revocations[key] = words;
      break;
    }
    case 'checkpoint-posted': {
      const key = `${event.organization}/${event.stream}`;
      const { root, size, time, block } = event;
      const list = state.checkpoints[key] ?? [];
      list.push({ root, size, time, block });
      state.checkpoints[key] = list;
      break;
    }
    case 'equivocation-recorded': {
      const { organization, stream, contradiction, time } = event;
      state.equivocations[`${organization}/${stream}`] = { organization, stream, contradiction, time };
      break;
    }
    default: {
      const before = state.organizations[event.organization];
      const after = organizationAfter(before, event);
      if (!after) break;
      if (before) delete state.operators[keyOf(before.operator)];
      state.operators[keyOf(after.operator)] = after.id;
      state.organizations[after.id] = after;
    }
  }
}

function changeEmergency(
  state: LedgerState,
  { organization, slot }: { readonly organization: number; readonly slot: number },
  change: Partial<FollowedEmergency>,
): void {
  const key = `${organization}/${slot}`;
  const before = state.emergencies[key];
  if (before) state.emergencies[key] = { ...before, ...change };
}

type OrganizationEvent = Extract<
  LedgerEvent,
  {
    kind:
      | `organization-${string}`
      | 'roles-changed'
      | 'emergency-quota-changed'
      | 'operator-rotated'
      | 'profile-changed';
  }
>;

function organizationAfter(
  before: FollowedOrganization | undefined,
  event: OrganizationEvent,
): FollowedOrganization | undefined {
  if (event.kind === 'organization-admitted') {
    const { roles, jurisdiction, operator, operatorUntil, profileHash, profileUrl } = event;
    const given = { roles, jurisdiction, operator, operatorUntil, profileHash, profileUrl };
    return { id: event.organization, status: 'active', ...given, emergencyQuota: 0, admittedIn: event.block };
  }
  if (!before) return undefined;
  switch (event.kind) {
    case 'organization-suspended':
      return { ...before, status: 'suspended' };
    case 'organization-reinstated':
      return { ...before, status: 'active' };
    case 'roles-changed':
      return { ...before, roles: event.roles };
    case 'emergency-quota-changed':
      return { ...before, emergencyQuota: event.quota };
    case 'operator-rotated':
      return { ...before, operator: event.operator, operatorUntil: event.operatorUntil };
    case 'profile-changed':
      return { ...before, profileHash: event.profileHash, profileUrl: event.profileUrl };
  }
}

/** An address as a key: lower case, whoever wrote it. */
export const keyOf = (address: Address): string => address.toLowerCase();
