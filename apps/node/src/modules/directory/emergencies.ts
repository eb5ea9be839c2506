import type { LedgerEvent } from '@anamnesis/ledger';
import type { Hex } from 'viem';
import type { Queryable } from '../../storage/types.ts';
import { lower } from './subjects.ts';

/** A declaration as the ledger has it. Times in seconds since 1970. */
export interface LedgerEmergency {
  readonly organization: number;
  readonly slot: number;
  readonly declaredAt: number;
  /** A number of `EMERGENCY_REASONS`. */
  readonly reason: number;
  /** First second at which the box is closed. */
  readonly until: number;
  readonly commitment: Hex;
  /** A number of `EMERGENCY_OUTCOMES`. */
  readonly outcome: number;
  readonly reviewer: number | null;
}

type EmergencyEvent = Extract<LedgerEvent, { kind: `emergency-${'declared' | 'ended' | 'reviewed'}` }>;

const COLUMNS = 'organization, slot, declared_at as "declaredAt", reason, until, commitment, outcome, reviewer';

/** Takes one event about an emergency into the table: a row for each change, so that a reorganisation is undone by deleting rows. */
export async function foldEmergency(q: Queryable, event: EmergencyEvent): Promise<void> {
  const { organization, slot, declaredAt } = event;
  const before = event.kind === 'emergency-declared' ? null : await latest(q, organization, slot, declaredAt);
  const after: LedgerEmergency | null =
    event.kind === 'emergency-declared'
      ? { ...event, commitment: lower(event.commitment), outcome: 0, reviewer: null }
      : before && {
          ...before,
          ...(event.kind === 'emergency-ended'
            ? { until: event.until }
            : { outcome: event.outcome, reviewer: event.reviewer }),
        };
  if (after === null) return;
  await q.query(
    `insert into ledger_emergency
       (organization, slot, declared_at, block, log_index, reason, until, commitment, outcome, reviewer)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [
      ...[organization, slot, declaredAt, event.block, event.index],
      ...[after.reason, after.until, after.commitment, after.outcome, after.reviewer],
    ],
  );
}

async function latest(
  q: Queryable,
  organization: number,
  slot: number,
  declaredAt: number,
): Promise<LedgerEmergency | null> {
  const [row] = await q.query<LedgerEmergency>(
    `select ${COLUMNS} from ledger_emergency where organization = $1 and slot = $2 and declared_at = $3
     order by block desc, log_index desc limit 1`,
    [organization, slot, declaredAt],
  );
  return row ?? null;
}

/** The declaration of exactly this commitment, or null while the ledger has none. */
export async function findEmergency(
  q: Queryable,
  organization: number,
  commitment: Hex,
): Promise<LedgerEmergency | null> {
  const [row] = await q.query<LedgerEmergency>(
    `select ${COLUMNS} from ledger_emergency where organization = $1 and commitment = $2
     order by block desc, log_index desc limit 1`,
    [organization, lower(commitment)],
  );
  return row ?? null;
}

/** Every declaration on the ledger, newest first; of one organisation, or of all (null). */
export async function listEmergencies(q: Queryable, organization: number | null): Promise<LedgerEmergency[]> {
  return q.query<LedgerEmergency>(
    `select * from (
       select distinct on (organization, slot, declared_at) ${COLUMNS} from ledger_emergency
       where $1::bigint is null or organization = $1 order by organization, slot, declared_at, block desc, log_index desc
     ) as emergency order by "declaredAt" desc limit 1000`,
    [organization],
  );
}
