import type { Judgement } from './judge.ts';

/** The stations from a record to the ledger. */
export const STATIONS = ['record', 'log', 'checkpoint', 'ledger'] as const;
export type Mark = 'holds' | 'broken' | 'open' | 'unknown';

/** At which station each failure shows; what is not named here, at the record itself. */
const BROKEN: Readonly<Record<string, number>> = {
  'other-log': 1,
  'root-differs': 1,
  'state-differs': 1,
  'leaves-missing': 1,
  'rolled-back': 1,
  'left-out': 1,
  'other-leaf': 1,
  'not-in-order': 1,
  'other-checkpoint': 2,
  'checkpoints-not-growing': 3,
  'checkpoint-list-incomplete': 3,
  'not-on-ledger': 3,
  'other-than-ledger': 3,
  'note-missing': 3,
  'other-chain': 3,
  'other-contracts': 3,
  'organisation-unknown': 3,
};

/** What holds, and where the chain breaks first: behind that nothing is known. What is not sealed yet ends at its log. */
export function marksOf({ failures, unsealed, records, accessEntries }: Judgement): readonly Mark[] {
  const broken = Math.min(...failures.map(({ reason }) => BROKEN[reason] ?? 0));
  const waits = unsealed > 0 && unsealed === records + accessEntries;
  return STATIONS.map((_, at) => {
    if (at > broken) return 'unknown';
    if (at === broken) return 'broken';
    return waits && at > 1 ? 'open' : 'holds';
  });
}
