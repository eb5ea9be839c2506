import { cosignedAt, cosignerKey, openNote, verifierKeyNamed } from '@anamnesis/crypto';
import {
  AnamnesisError,
  checkpointOrigin,
  judgeLog,
  type Log,
  type LogFinding,
  type LogMemory,
  NOTHING_SEEN,
  type OrganizationProfile,
  type PostedCheckpoint,
  parseCheckpoint,
  type Sha256,
  STREAMS,
  type TreeState,
  verifyConsistency,
} from '@anamnesis/protocol';
import { bytesToHex, type Hex, hexToBytes } from 'viem';
import { type Connection, connect } from '../client/connection.ts';
import { getCheckpoint, getConsistency, getWitnessed } from '../verbs/getCheckpoint.ts';
import { getLog } from '../verbs/getLog.ts';
import { getProfile } from '../verbs/getProfile.ts';
import { getStatus } from '../verbs/getStatus.ts';
import { logName } from './checkpoints.ts';
import type { TrustedLedger } from './trustedLedger.ts';
import { knownNodes } from './verifyNode.ts';

/** What a monitor keeps between two rounds, by log (`organisation/log`). It is JSON: a file holds it between two runs. */
export type MonitorMemory = Readonly<Record<string, LogMemory>>;

export interface MonitorParameters {
  readonly ledger: TrustedLedger;
  /** Addresses of nodes. Without any, those that the Directory's profiles name. */
  readonly nodes?: readonly string[] | undefined;
  /** Of the last round; default: nothing was ever seen. */
  readonly memory?: MonitorMemory | undefined;
  /** Seconds since 1970; default now. */
  readonly now?: number | undefined;
  /** What may be only on its way is told after so many seconds; default 300. */
  readonly patience?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly hash?: Sha256 | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** One log as a round found it. */
export interface MonitoredLog {
  readonly organization: number;
  readonly log: Log;
  readonly shown: TreeState | null;
  readonly leaves: number;
  /** Directory ids of organisations that cosigned what it shows. */
  readonly witnesses: readonly number[];
  readonly findings: readonly LogFinding[];
}

export interface MonitorRound {
  readonly ok: boolean;
  readonly logs: readonly MonitoredLog[];
  /** Nodes that nothing could be learnt about: silent, or not who the Directory says. That alone is no misconduct of a log. */
  readonly unreachable: readonly { readonly node: string; readonly detail: string }[];
  readonly memory: MonitorMemory;
}

/** A node whose profile is the one that the Directory pins. */
interface Known {
  readonly connection: Connection;
  readonly organization: number;
  readonly profile: OrganizationProfile;
  readonly logKey: string;
}

/**
 * One round of watching logs without trusting a node: is what each shows signed by the pinned key, does it grow out of what it showed before, here and to
 * the other organisations as witnesses, and does the ledger hold it? Finds forks, rollbacks, missing and late checkpoints, and says which.
 *
 * @throws AnamnesisError what the ledger reader throws; `cancelled`.
 */
export async function monitorNodes(parameters: MonitorParameters): Promise<MonitorRound> {
  const { ledger, memory = {}, now = Math.floor(Date.now() / 1000), patience = 300 } = parameters;
  const addresses = parameters.nodes?.length ? parameters.nodes : await knownNodes(ledger);
  const known: Known[] = [];
  const unreachable: { node: string; detail: string }[] = [];
  for (const node of addresses) {
    try {
      known.push(await recognise(ledger, connect({ baseUrl: node, fetch: parameters.fetch }), parameters.signal));
    } catch (error) {
      unreachable.push({ node, detail: reasonOf(error) });
    }
  }
  const logs: MonitoredLog[] = [];
  const next: Record<string, LogMemory> = { ...memory };
  for (const node of known) {
    for (const { name: log } of STREAMS) {
      const key = `${node.organization}/${log}`;
      try {
        const { looked, memory } = await lookAt(node, log, next[key] ?? NOTHING_SEEN, {
          ...parameters,
          now,
          patience,
          known,
        });
        next[key] = memory;
        logs.push(looked);
      } catch (error) {
        unreachable.push({ node: `${node.connection.baseUrl} ${log}`, detail: reasonOf(error) });
      }
    }
  }
  const ok = unreachable.length === 0 && logs.every(({ findings }) => findings.length === 0);
  return { ok, logs, unreachable, memory: next };
}

/** How a finding is told: whose log, where, what. */
export function describeFinding(of: MonitoredLog, { kind, size, detail }: LogFinding): string {
  return `${kind}: ${logName(of, size)}: ${detail}`;
}

async function lookAt(
  node: Known,
  log: Log,
  before: LogMemory,
  round: MonitorParameters & { readonly now: number; readonly patience: number; readonly known: readonly Known[] },
): Promise<{ looked: MonitoredLog; memory: LogMemory }> {
  const { ledger, signal, hash, now, patience, known } = round;
  const { connection, organization } = node;
  const of = { organization, log };
  const note = await getCheckpoint(connection, log, { signal });
  const shown = note === null ? null : openShown(ledger, node, log, note);
  const { size: leaves } = await getLog(connection, log, { signal });
  const posted = await ledger.checkpoints(of);
  const grown = async (from: TreeState): Promise<boolean | null> => {
    if (shown === null || from.size === 0 || from.size >= shown.size) return null;
    const path = await getConsistency(connection, log, { from: from.size, to: shown.size }, { signal });
    if (path === null) return null;
    const [fromRoot, toRoot] = [hexToBytes(from.root), hexToBytes(shown.root)];
    return verifyConsistency({ from: from.size, fromRoot, to: shown.size, toRoot, path }, hash);
  };
  const look = async (seen: TreeState | null) => ({
    ...{ now, shown, leaves, grown: seen && (await grown(seen)) },
    posted: {
      latest: posted.at(-1) ?? null,
      ofShown: rootAt(posted, shown),
      ofSeen: rootAt(posted, seen),
    },
  });
  const { memory, findings } = judgeLog(before, await look(before.seen), patience);
  const found = [...findings];
  // What it showed to others must be the same log: a split view is a fork that nobody sees alone.
  for (const witness of known) {
    if (witness.organization === organization || found.some(({ kind }) => kind === 'fork')) continue;
    const kept = await getWitnessed(witness.connection, of, { signal }).catch(() => null);
    const seen = kept === null ? null : openShown(ledger, node, log, kept);
    if (seen === null || seen.size > (shown?.size ?? 0)) {
      // A witness ahead of us: what we were shown must be a beginning of it, which the next round tells; shrinking is told now.
      if (seen !== null && leaves < seen.size) found.push(lost(seen, leaves, witness.organization));
      continue;
    }
    const apart = judgeLog({ ...NOTHING_SEEN, seen }, await look(seen), Number.POSITIVE_INFINITY).findings;
    for (const finding of apart.filter(({ kind }) => kind === 'fork')) {
      found.push({ ...finding, detail: `${finding.detail}, as organisation ${witness.organization} witnessed` });
    }
  }
  const witnesses = known
    .filter((witness) => note !== null && isCosigned(note, witness))
    .map((one) => one.organization);
  return { looked: { organization, log, shown, leaves, witnesses, findings: found }, memory };
}

function lost(seen: TreeState, leaves: number, witness: number): LogFinding {
  const detail = `it has ${leaves} leaves where organisation ${witness} witnessed ${seen.size}`;
  return { kind: 'rollback', size: leaves, detail };
}

/** The checkpoint in a note of this very log, if the pinned key signed it; else null. */
function openShown(ledger: TrustedLedger, { organization, logKey }: Known, log: Log, note: string): TreeState | null {
  const origin = checkpointOrigin({ ...ledger.contracts, chainId: ledger.chainId, organization, log });
  try {
    const { origin: named, size, root } = parseCheckpoint(openNote(note, verifierKeyNamed(logKey, origin)));
    return named === origin ? { size, root: bytesToHex(root) } : null;
  } catch {
    return null;
  }
}

function isCosigned(note: string, { logKey }: Known): boolean {
  try {
    return cosignedAt(note, cosignerKey(logKey)) !== null;
  } catch {
    return false;
  }
}

async function recognise(
  ledger: TrustedLedger,
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<Known> {
  const [{ hash, profile }, { organization }] = await Promise.all([
    getProfile(connection, { signal }),
    getStatus(connection, { signal }),
  ]);
  const entry = Number.isSafeInteger(organization) && organization > 0 ? await ledger.organization(organization) : null;
  if (entry?.profileHash.toLowerCase() !== hash.toLowerCase()) {
    throw new AnamnesisError('profile-differs', 'its profile is not one that the Directory pins');
  }
  if (profile.logKey === undefined) throw new AnamnesisError('profile-differs', 'its profile names no key of its logs');
  return { connection, organization, profile, logKey: profile.logKey };
}

function rootAt(posted: readonly PostedCheckpoint[], state: TreeState | null): Hex | null {
  return posted.find(({ size }) => size === state?.size)?.root ?? null;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof AnamnesisError) || error.code === 'cancelled' || error.code.startsWith('ledger-')) throw error;
  return error.message;
}
