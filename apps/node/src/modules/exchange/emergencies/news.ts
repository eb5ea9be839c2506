import { EMERGENCY_OUTCOMES } from '@anamnesis/protocol';
import { addNotice } from '../../consent/index.ts';
import type { Audience } from '../../events/index.ts';
import type { ExchangeContext } from '../context.ts';
import { announceReview } from './declare.ts';
import { isReviewer } from './list.ts';

/**
 * What the ledger brought about emergencies, told once to whom it concerns: that one was judged, to the patient at the custodian and to who declared it at her
 * organisation; that one waits to be judged, to the auditors of a regulator or an ethics board. Called after each look at the ledger.
 */
export async function tellOfEmergencies(context: ExchangeContext): Promise<void> {
  const { database } = context;
  const judged = await database.query<{
    id: string;
    side: string;
    patient: string | null;
    actor: string;
    outcome: number;
  }>(
    `select e.id, e.side, e.patient, e.actor, l.outcome from emergency e
     join lateral (select outcome from ledger_emergency where commitment = e.id order by block desc, log_index desc limit 1) l on true
     where e.side <> 'own' and e.outcome is null and l.outcome <> 0`,
  );
  for (const { id, side, patient, actor, outcome } of judged) {
    const name = EMERGENCY_OUTCOMES.find(({ number }) => number === outcome)?.name ?? String(outcome);
    await database.transaction(async (tx) => {
      const taken = await tx.query('update emergency set outcome = $2 where id = $1 and outcome is null returning id', [
        id,
        name,
      ]);
      if (taken.length === 0) return;
      const at = context.clock();
      if (patient !== null) await addNotice(context, tx, { patient, kind: 'emergency-review', reference: id, at });
      if (side === 'asking') await announceReview(context, tx, actor as Audience, `${id}/judged`);
    });
  }
  if (!(await isReviewer(context))) return;
  const waiting = await database.query<{ commitment: string }>(
    `select commitment from (
       select distinct on (organization, slot, declared_at) organization, commitment, outcome from ledger_emergency
       order by organization, slot, declared_at, block desc, log_index desc
     ) as declared where outcome = 0 and organization <> $1
       and not exists (select from event where audience = 'auditors' and kind = 'emergency-review' and ref = commitment)`,
    [context.ledger.organization],
  );
  if (waiting.length === 0) return;
  await database.transaction(async (tx) => {
    for (const { commitment } of waiting) await announceReview(context, tx, 'auditors', commitment);
  });
}
