import type { Database } from '../../storage/index.ts';
import type { Audience, EventKind, PortalEvent } from './event.ts';

/** An event on its way to a listener; `seq` is its place, null for what passes and is not kept. */
export interface SentEvent extends PortalEvent {
  readonly seq: number | null;
}

interface Listener {
  readonly audiences: ReadonlySet<string>;
  readonly push: (event: SentEvent) => void;
}

interface Row {
  readonly seq: number;
  readonly audience: string;
  readonly kind: EventKind;
  readonly ref: string;
  readonly at: number;
}

/** How often events of other processes on the same database are looked for, in milliseconds. */
const LOOK_EVERY = 1_000;
/** Numbers are given before they are committed: so many before the newest are looked at again. */
const OVERLAP = 64;

/** Those who listen in this process. It looks into the database only while there are any. */
class Hub {
  readonly #database: Database;
  readonly #listeners = new Set<Listener>();
  readonly #sent = new Set<number>();
  #last: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;

  constructor(database: Database) {
    this.#database = database;
  }

  async listen(listener: Listener): Promise<() => void> {
    this.#last ??= await this.#newest();
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.wake(), LOOK_EVERY).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
      this.#last = null;
      this.#sent.clear();
    };
  }

  broadcast(audience: string, event: SentEvent): void {
    for (const { audiences, push } of this.#listeners) {
      if (audience === 'everyone' || audiences.has(audience)) push(event);
    }
  }

  /** Looks for what is new; several calls at once share a look, and one that comes during it looks again. */
  wake(): void {
    if (this.#listeners.size === 0) return;
    // What cannot be looked at now is found by the next look.
    const look = (this.#looking ?? Promise.resolve()).then(() => this.#look()).catch(() => {});
    this.#looking = look;
    void look.then(() => {
      if (this.#looking === look) this.#looking = null;
    });
  }

  async #look(): Promise<void> {
    const last = this.#last;
    if (last === null) return;
    const rows = await this.#database.query<Row>(
      'select seq, audience, kind, ref, at from event where seq > $1 order by seq limit 500',
      [Math.max(last - OVERLAP, 0)],
    );
    for (const { audience, ...event } of rows) {
      if (event.seq <= last - OVERLAP || this.#sent.has(event.seq) || this.#last === null) continue;
      this.#sent.add(event.seq);
      this.#last = Math.max(this.#last, event.seq);
      this.broadcast(audience, event);
    }
    for (const seq of this.#sent) if (seq < (this.#last ?? 0) - 2 * OVERLAP) this.#sent.delete(seq);
  }

  async #newest(): Promise<number> {
    const [row] = await this.#database.query<{ seq: number }>('select coalesce(max(seq), 0) as seq from event');
    const newest = row?.seq ?? 0;
    for (let seq = Math.max(newest - OVERLAP, 0) + 1; seq <= newest; seq++) this.#sent.add(seq);
    return newest;
  }
}

const hubs = new WeakMap<Database, Hub>();

function hubOf(database: Database): Hub {
  const known = hubs.get(database);
  if (known !== undefined) return known;
  const hub = new Hub(database);
  hubs.set(database, hub);
  return hub;
}

/** Tells listeners that there is something new in the database. */
export function wakeListeners(database: Database): void {
  hubOf(database).wake();
}

/** Tells listeners of this process what is not worth keeping, such as a seal. */
export function broadcast(database: Database, audience: Audience, event: PortalEvent): void {
  hubOf(database).broadcast(audience, { ...event, seq: null });
}

/** Listens for events of these audiences, and of everyone, from now on. Resolves once it listens, with how to end it. */
export function listen(
  database: Database,
  audiences: readonly Audience[],
  push: (event: SentEvent) => void,
): Promise<() => void> {
  return hubOf(database).listen({ audiences: new Set(audiences), push });
}
