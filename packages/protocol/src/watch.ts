import type { Hex } from 'viem';

/** How a log can break its promise, as a monitor tells them apart. */
export type Misconduct =
  /** It showed two histories: two roots for one size, or a tree that does not grow out of an earlier one. */
  | 'fork'
  /** It has less than it had: fewer leaves than it signed or sealed. */
  | 'rollback'
  /** A checkpoint is not there: signed and never posted, passed over, or posted and not shown. */
  | 'missing'
  /** Leaves wait for a checkpoint longer than they may. */
  | 'late';

/** One broken promise of a log, in words for people; `size` is the place. */
export interface LogFinding {
  readonly kind: Misconduct;
  readonly size: number;
  readonly detail: string;
}

/** A size and a root that belong together. */
export interface TreeState {
  readonly size: number;
  readonly root: Hex;
}

/** What a monitor remembers of a log between two looks. Times in seconds since 1970. */
export interface LogMemory {
  /** The largest checkpoint that the log signed and this monitor found consistent. */
  readonly seen: TreeState | null;
  /** Since when leaves up to this size have been waiting for a checkpoint. */
  readonly waiting: { readonly size: number; readonly since: number } | null;
  /** Since when a signed checkpoint has not been on the ledger, or the log has shown none. */
  readonly absentSince: number | null;
}

export const NOTHING_SEEN: LogMemory = { seen: null, waiting: null, absentSince: null };

/** What one look at a log brought. Everything signed was verified before. */
export interface LogLook {
  /** Seconds since 1970. */
  readonly now: number;
  /** The checkpoint that it shows; null when it shows none. */
  readonly shown: TreeState | null;
  /** How many leaves it says it has. */
  readonly leaves: number;
  /** Whether it proved that `shown` grew out of `seen`; null where there was nothing to prove. */
  readonly grown: boolean | null;
  /** What the ledger holds: the newest checkpoint, and those of exactly the sizes of `shown` and `seen`. */
  readonly posted: { readonly latest: TreeState | null; readonly ofShown: Hex | null; readonly ofSeen: Hex | null };
}

/**
 * Judges one look at a log against what was seen before and what the ledger holds. A fork or a rollback is told at once; what may only be on its
 * way is told after `patience` seconds. The memory grows only with what is consistent, so a fork is told again at every look.
 */
export function judgeLog(
  before: LogMemory,
  look: LogLook,
  patience: number,
): { readonly memory: LogMemory; readonly findings: readonly LogFinding[] } {
  const { shown, posted, leaves, now } = look;
  const { seen } = before;
  const findings: LogFinding[] = [];
  const find = (kind: Misconduct, size: number, detail: string): void => void findings.push({ kind, size, detail });
  const latest = posted.latest?.size ?? 0;

  if (shown && seen && shown.size === seen.size && !same(shown.root, seen.root)) {
    find('fork', shown.size, `it signed two roots for ${shown.size} leaves`);
  } else if (look.grown === false) {
    find('fork', shown?.size ?? 0, `${shown?.size} leaves do not begin with the ${seen?.size} that it signed before`);
  }
  for (const [state, root] of [
    [shown, posted.ofShown],
    [seen, posted.ofSeen],
  ] as const) {
    if (!state || root === null || same(root, state.root) || findings.length > 0) continue;
    find('fork', state.size, `it signed another root for ${state.size} leaves than it posted`);
  }
  if (shown && seen && shown.size < seen.size) {
    find('rollback', shown.size, `it shows a checkpoint of ${shown.size} leaves and signed one of ${seen.size} before`);
  }
  const least = Math.max(latest, shown?.size ?? 0);
  if (leaves < least) find('rollback', leaves, `it has ${leaves} leaves where ${least} were signed or sealed`);

  const absent = shown === null ? latest > 0 : shown.size > latest;
  const absentSince = absent ? (before.absentSince ?? now) : null;
  if (absentSince !== null && now - absentSince >= patience) {
    const said = shown
      ? `the checkpoint of ${shown.size} leaves that it signed`
      : 'what it posted: it shows no checkpoint';
    find('missing', shown?.size ?? latest, shown ? `${said} was never posted` : `nobody can see ${said}`);
  }
  // An empty log is signed and never posted: there is nothing in it to seal.
  if (seen && seen.size > 0 && seen.size < latest && posted.ofSeen === null) {
    find('missing', seen.size, `the checkpoint of ${seen.size} leaves that it signed was dropped: it posted others`);
  }

  let { waiting } = before;
  if (waiting && latest >= waiting.size) waiting = null;
  if (leaves > latest) waiting ??= { size: leaves, since: now };
  if (waiting && now - waiting.since >= patience) {
    find(
      'late',
      waiting.size,
      `${leaves - latest} leaves have been waiting for a checkpoint since ${iso(waiting.since)}`,
    );
  }
  const grew = shown !== null && look.grown !== false && shown.size >= (seen?.size ?? 0);
  const forked = findings.some(({ kind }) => kind === 'fork');
  return { memory: { seen: grew && !forked ? shown : seen, waiting, absentSince }, findings };
}

function same(a: Hex, b: Hex): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
