import { operatorSignature } from '@anamnesis/crypto';
import { type Call, type Deployment, recordOtherThanPosted, recordTwoRoots } from '@anamnesis/ledger';
import { type Log, type LogFinding, openCheckpointText, type TreeState } from '@anamnesis/protocol';
import type { Queryable, Transaction } from '../../storage/index.ts';
import { intend, latestCheckpoint, operatorKeys } from '../directory/index.ts';
import type { CheckpointSigner } from './sign.ts';

/** A broken promise of somebody's log, as it was found and whether it still stands. */
export interface KeptFinding extends LogFinding {
  readonly organization: number;
  readonly log: Log;
  /** Milliseconds since 1970; `goneAt` null while it stands. */
  readonly foundAt: number;
  readonly goneAt: number | null;
  /** Signed checkpoints that show it, as notes. */
  readonly evidence: readonly string[];
}

interface LogOf {
  readonly organization: number;
  readonly log: Log;
}

const COLUMNS = `organization, log, kind, size, detail, evidence, found_at as "foundAt", gone_at as "goneAt"`;

/** At most so many are shown, newest first. */
const SHOWN = 200;

/** What was found, newest first. */
export async function listFindings(q: Queryable): Promise<KeptFinding[]> {
  const rows = await q.query<Omit<KeptFinding, 'evidence'> & { evidence: string }>(
    `select ${COLUMNS} from log_finding order by place desc limit ${SHOWN}`,
  );
  return rows.map((row) => ({ ...row, evidence: JSON.parse(row.evidence) as string[] }));
}

/**
 * Keeps what was found about a log; what stands already is not written twice. A fork for which two operators' signatures are at hand goes to the
 * ledger, where nobody can take it back.
 */
export async function noteFindings(
  tx: Transaction,
  context: CheckpointSigner & { readonly clock: () => number },
  of: LogOf,
  findings: readonly LogFinding[],
  evidence: readonly string[],
): Promise<void> {
  for (const { kind, size, detail } of findings) {
    const kept = await tx.query(
      `insert into log_finding (organization, log, kind, size, detail, evidence, found_at) values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (organization, log, kind) where gone_at is null do nothing returning place`,
      [of.organization, of.log, kind, size, detail, JSON.stringify(evidence), context.clock()],
    );
    if (kept.length === 0 || kind !== 'fork') continue;
    const call = await accusation(tx, context, of, evidence);
    if (call !== null) await intend(tx, `evidence/${of.organization}/${of.log}`, call);
  }
}

/** Ends findings that no longer hold. A fork is for ever. */
export async function endFindings(
  tx: Transaction,
  of: LogOf,
  standing: readonly LogFinding[],
  now: number,
): Promise<void> {
  await tx.query(
    `update log_finding set gone_at = $4
     where organization = $1 and log = $2 and gone_at is null and kind <> 'fork' and not kind = any($3::text[])`,
    [of.organization, of.log, standing.map(({ kind }) => kind), now],
  );
}

/** The call that puts a contradiction on record, or null where the notes do not carry what the contract takes. */
async function accusation(
  q: Queryable,
  { ledger }: CheckpointSigner,
  of: LogOf,
  evidence: readonly string[],
): Promise<Call | null> {
  const { organization, log } = of;
  // A key that was handed over since accuses as well: the contract asks whose it is or was.
  const operators = await operatorKeys(q, organization);
  const address = { ...ledger, organization, log };
  const sides = [];
  for (const note of evidence) {
    const state = openCheckpointText(note);
    for (const operator of state === null ? [] : operators) {
      const signature = state && (await operatorSignature(note, address, state, operator));
      if (state && signature) sides.push({ ...state, signature });
    }
  }
  const deployment = { checkpoints: ledger.checkpoints } as Deployment;
  const [one, other] = sides;
  if (one && other && differ(one, other)) return recordTwoRoots(deployment, { ...of, one, other });
  const posted = await latestCheckpoint(q, organization, log);
  const lie = posted && sides.find((side) => differ(side, posted));
  return lie ? recordOtherThanPosted(deployment, { ...of, signed: lie }) : null;
}

function differ(one: TreeState, other: TreeState): boolean {
  return one.size === other.size && one.root.toLowerCase() !== other.root.toLowerCase();
}
