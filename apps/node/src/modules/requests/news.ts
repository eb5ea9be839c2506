import { lower } from '../directory/index.ts';
import { broadcast, pruneEvents } from '../events/index.ts';
import { type ExchangeContext, tellOfEmergencies } from '../exchange/index.ts';
import { showStatements } from './statements.ts';

/** Tells listeners what the ledger brought, after each look at it. */
export interface LedgerNews {
  check(): Promise<void>;
}

/**
 * What a node learns from the ledger that somebody may be looking at: that its log was sealed, and that consents ended, of its own patients and of those
 * whose records it received. So a clinician's screen locks as soon as the refusal is on the ledger. And how emergencies stand with their review.
 */
export async function openLedgerNews(context: ExchangeContext): Promise<LedgerNews> {
  const { database, clock } = context;
  const sealed = new Map<number, number>();
  let last = await newestBlock();
  let pruned = 0;

  async function newestBlock(): Promise<number> {
    const [row] = await database.query<{ block: number | null }>(
      `select greatest((select max(block) from ledger_revocation), (select max(block) from ledger_subject)) as block`,
    );
    return row?.block ?? 0;
  }

  async function ended(): Promise<void> {
    const before = last;
    last = await newestBlock();
    // A reorganisation takes blocks back: then everything since is looked at again.
    const since = Math.min(before, last);
    const subjects = await database.query<{ subject: string; patient: string | null; custodian: number | null }>(
      `select changed.subject, s.patient, r.custodian from (
         select subject from ledger_revocation where block > $1 union select subject from ledger_subject where block > $1
       ) as changed
       left join subject s on s.address = changed.subject
       left join (select distinct subject, custodian from received_grant) r on r.subject = changed.subject
       where s.patient is not null or r.custodian is not null`,
      [since],
    );
    for (const { subject, patient, custodian } of subjects) {
      const at = clock();
      if (patient !== null) broadcast(database, `Patient/${patient}`, { kind: 'consents', ref: subject, at });
      const ref = `${custodian}/${lower(subject as `0x${string}`)}`;
      if (custodian !== null) broadcast(database, 'staff', { kind: 'received', ref, at });
    }
  }

  async function seals(): Promise<void> {
    const rows = await database.query<{ stream: number; size: number }>(
      'select stream, max(size) as size from ledger_checkpoint where organization = $1 group by stream',
      [context.ledger.organization],
    );
    for (const { stream, size } of rows) {
      const known = sealed.get(stream);
      sealed.set(stream, size);
      if (known === undefined || known === size) continue;
      broadcast(database, 'everyone', {
        kind: 'seal',
        ref: `${stream === 0 ? 'records' : 'access'}/${size}`,
        at: clock(),
      });
    }
  }

  await seals();
  return {
    async check() {
      await ended();
      await seals();
      await tellOfEmergencies(context);
      await showStatements(context);
      if (clock() - pruned < 3_600_000) return;
      pruned = clock();
      await pruneEvents(context);
    },
  };
}
