import type { LedgerEvent } from '@anamnesis/ledger';
import type { Address } from 'viem';
import type { Queryable } from '../../storage/types.ts';
import { foldEmergency } from './emergencies.ts';
import { findOrganization, type Organization } from './organizations.ts';
import { lower, subjectState } from './subjects.ts';

/**
 * Takes one event into the tables, within the follower's transaction. Events come in the order of the chain and carry the new state;
 * the same event twice (a page that is read again after a crash, or by a second process) changes nothing.
 */
export async function foldEvent(q: Queryable, event: LedgerEvent): Promise<void> {
  switch (event.kind) {
    case 'organization-admitted': {
      const { organization: id, roles, jurisdiction, operatorUntil, profileHash, profileUrl } = event;
      const operator = lower(event.operator);
      const rest = { roles, jurisdiction, operator, operatorUntil, profileHash, profileUrl };
      return writeOrganization(q, event, { id, active: true, emergencyQuota: 0, ...rest });
    }
    case 'organization-suspended':
      return changeOrganization(q, event, { active: false });
    case 'organization-reinstated':
      return changeOrganization(q, event, { active: true });
    case 'roles-changed':
      return changeOrganization(q, event, { roles: event.roles });
    case 'emergency-quota-changed':
      return changeOrganization(q, event, { emergencyQuota: event.quota });
    case 'emergency-declared':
    case 'emergency-ended':
    case 'emergency-reviewed':
      return foldEmergency(q, event);
    case 'operator-rotated':
      return changeOrganization(q, event, { operator: lower(event.operator), operatorUntil: event.operatorUntil });
    case 'profile-changed':
      return changeOrganization(q, event, { profileHash: event.profileHash, profileUrl: event.profileUrl });
    case 'subject-changed': {
      const subject = lower(event.subject);
      const controller = event.controller ?? (await subjectState(q, subject)).controller;
      await q.query(
        `insert into ledger_subject (subject, block, log_index, controller, epoch, nonce)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [subject, event.block, event.index, lower(controller), event.epoch, Number(event.nonce)],
      );
      return;
    }
    case 'guardians-set':
    case 'recovery-started':
    case 'recovery-vetoed': {
      // The nonce alone changes; the rest of the row is what it was.
      const subject = lower(event.subject);
      const { controller, epoch } = await subjectState(q, subject);
      await q.query(
        `insert into ledger_subject (subject, block, log_index, controller, epoch, nonce)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [subject, event.block, event.index, lower(controller), epoch, Number(event.nonce)],
      );
      return;
    }
    case 'consent-revoked':
      return refuse(q, event, event.consent);
    case 'consents-revoked': {
      const bits = BigInt(event.bits);
      for (let bit = 0; bit < 256; bit++) {
        if ((bits >> BigInt(bit)) & 1n) await refuse(q, event, event.word * 256 + bit);
      }
      return;
    }
    case 'checkpoint-posted':
      await q.query(
        `insert into ledger_checkpoint (organization, stream, size, root, time, block, log_index)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
        [event.organization, event.stream, event.size, lower(event.root), event.time, event.block, event.index],
      );
  }
}

async function refuse(
  q: Queryable,
  event: LedgerEvent & { readonly subject: Address },
  consent: number,
): Promise<void> {
  await q.query(
    'insert into ledger_revocation (subject, index, block, log_index) values ($1, $2, $3, $4) on conflict do nothing',
    [lower(event.subject), consent, event.block, event.index],
  );
}

/** The tables that {@link foldEvent} writes, each with the block that a row comes from. */
const TABLES = [
  'ledger_organization',
  'ledger_subject',
  'ledger_revocation',
  'ledger_checkpoint',
  'ledger_emergency',
] as const;

/** Undoes everything that blocks above this one said: they are no longer part of the chain. */
export async function unfoldAbove(q: Queryable, block: number): Promise<void> {
  for (const table of TABLES) await q.query(`delete from ${table} where block > $1`, [block]);
}

async function changeOrganization(
  q: Queryable,
  event: LedgerEvent & { readonly organization: number },
  change: Partial<Organization>,
): Promise<void> {
  const before = await findOrganization(q, event.organization);
  // The contract knows no event about an organisation before its admission; without its state there is nothing to keep.
  if (before !== null) await writeOrganization(q, event, { ...before, ...change });
}

async function writeOrganization(q: Queryable, event: LedgerEvent, organization: Organization): Promise<void> {
  await q.query(
    `insert into ledger_organization
       (id, block, log_index, roles, jurisdiction, active, operator, operator_until, profile_hash, profile_url, emergency_quota)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
    [
      organization.id,
      event.block,
      event.index,
      organization.roles,
      organization.jurisdiction,
      organization.active,
      organization.operator,
      organization.operatorUntil,
      lower(organization.profileHash),
      organization.profileUrl,
      organization.emergencyQuota,
    ],
  );
}
