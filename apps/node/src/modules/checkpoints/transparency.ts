import type { Log } from '@anamnesis/protocol';
import { listOrganizations, type Peer } from '../directory/index.ts';
import type { Checkpoints } from './checkpoints.ts';
import { type KeptFinding, listFindings } from './findings.ts';
import { showTo } from './gather.ts';
import { LOGS } from './rollback.ts';
import { servedCheckpoint } from './sign.ts';
import { lookAt, type WatchContext } from './watch.ts';
import { addCheckpoint, readWitnessed, type WitnessAnswer, type Witnessed } from './witness.ts';

export interface TransparencyOptions extends Omit<WatchContext, 'isIntact'> {
  readonly checkpoints: Pick<Checkpoints, 'status' | 'noticeWitness'>;
  readonly wakeSender: () => void;
  /** Milliseconds between two rounds; 0: only by `round`. */
  readonly everyMs: number;
}

/** This node among the others: its signed checkpoints, what it has seen of theirs, and what they have seen of its own. */
export interface Transparency {
  /** The newest signed checkpoint of an own log, with cosignatures: a C2SP note. */
  checkpoint(log: Log): Promise<string>;
  /** C2SP `add-checkpoint`. Errors: 400, 403, 404. */
  witness(body: string): Promise<WitnessAnswer>;
  /** What was last seen of another organisation's log; null when nothing. */
  witnessed(organization: number, log: Log): Promise<Witnessed | null>;
  findings(): Promise<KeptFinding[]>;
  /** Looks at every peer once and shows it the own checkpoints. A peer that does not answer is left for the next time. */
  round(): Promise<void>;
  stop(): Promise<void>;
}

/** So many peers are asked at a time, and so many in a round; the next round goes on where this one ended. */
const AT_A_TIME = 4;
const IN_A_ROUND = 32;
/** One who does not answer is left alone for longer each time, up to so many rounds. */
const LONGEST_PAUSE = 16;

/** Starts to watch, to be watched and to serve. */
export function openTransparency(options: TransparencyOptions): Transparency {
  const { checkpoints, everyMs, database, directory, wakeSender } = options;
  const context: WatchContext = { ...options, isIntact: () => checkpoints.status().rolledBack === null };
  const silent = new Map<number, { failures: number; until: number }>();
  let rounds = 0;
  let next = 0;
  let running: Promise<void> | null = null;
  let stopped = false;

  async function visit(id: number): Promise<void> {
    const pause = silent.get(id);
    if (stopped || (pause && pause.until > rounds)) return;
    try {
      const peer: Peer = await directory.peer(id);
      if (peer.profile.logKey === undefined) return;
      for (const log of LOGS) {
        await lookAt(context, peer, log);
        const held = await showTo(context, peer, log);
        if (held !== null) await checkpoints.noticeWitness(held, id);
      }
      silent.delete(id);
    } catch {
      const failures = (pause?.failures ?? 0) + 1;
      silent.set(id, { failures, until: rounds + Math.min(2 ** failures, LONGEST_PAUSE) });
    }
  }

  async function round(): Promise<void> {
    rounds += 1;
    const organizations = await listOrganizations(database);
    const others = organizations.filter(({ id, active }) => active && id !== context.ledger.organization);
    const turn = [...others.slice(next), ...others.slice(0, next)].slice(0, IN_A_ROUND);
    next = others.length > IN_A_ROUND ? (next + IN_A_ROUND) % others.length : 0;
    const waiting = turn.map(({ id }) => id);
    const lane = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await visit(id);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    wakeSender();
  }

  /** One round at a time, whoever asks. */
  function oneRound(): Promise<void> {
    running ??= round().finally(() => {
      running = null;
    });
    return running;
  }

  const timer = everyMs > 0 ? setInterval(() => void oneRound().catch(() => {}), everyMs).unref() : undefined;
  return {
    checkpoint: (log) => servedCheckpoint(context, log),
    witness: (body) => addCheckpoint(context, body),
    witnessed: (organization, log) => readWitnessed(database, organization, log),
    findings: () => listFindings(database),
    round: oneRound,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running?.catch(() => {});
    },
  };
}
