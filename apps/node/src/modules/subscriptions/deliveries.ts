import { nowOf } from '../records/context.ts';
import type { SubscriptionsContext } from './context.ts';
import { step } from './delivery.ts';
import type { Sockets } from './sockets.ts';

/** How often the record log is looked at while there is a subscription, in milliseconds, and while there is none. */
const LOOK_MS = 200;
const REST_MS = 5_000;
/** Subscriptions that are worked on at once: in all, and of one owner. So who answers slowly holds up nobody but himself. */
const AT_ONCE = 64;
const OF_ONE_OWNER = 4;
/** Notifications in a row before the others have their turn. */
const STREAK = 10;

interface Due {
  readonly id: string;
  readonly owner: string;
}

/**
 * Delivers what subscriptions are owed. It follows the record log, whose order is the order of commits, and so costs a write nothing; what was not taken is
 * found again after a restart.
 */
export class Deliveries {
  readonly #context: SubscriptionsContext;
  readonly #sockets: Sockets;
  readonly #running = new Map<string, { readonly owner: string; readonly work: Promise<void> }>();
  readonly #loop: Promise<void>;
  #stopped = false;
  #woken = false;
  #wake: () => void = () => {};

  constructor(context: SubscriptionsContext, sockets: Sockets) {
    this.#context = context;
    this.#sockets = sockets;
    this.#loop = this.#follow();
  }

  /** Looks now: a subscription was made, or somebody listens. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Waits for what is under way; the rest is found again after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#loop;
    await Promise.all([...this.#running.values()].map(({ work }) => work));
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      let pause = REST_MS;
      try {
        this.#context.requireIntact();
        if (await this.#any()) {
          pause = LOOK_MS;
          for (const due of await this.#due()) this.#start(due);
        }
      } catch {
        // The database does not answer, or the node is not ready: the next look tells.
      }
      if (!this.#stopped) await this.#pause(pause);
    }
  }

  async #any(): Promise<boolean> {
    const rows = await this.#context.database.query(`select 1 from subscription where status <> 'off' limit 1`);
    return rows.length > 0;
  }

  /** Those that something may be owed, the longest waiting first. */
  #due(): Promise<Due[]> {
    return this.#context.database.query<Due>(
      `select id, owner from subscription where status <> 'off' and (ends_at <= $1 or try_at <= $1
         and (channel = 'rest-hook' or id = any($2::text[]))
         and (not shaken or events > delivered or beat_at <= $1 or next_leaf < (select size from log where name = 'records')))
         and id <> all($3::text[])
       order by next_leaf limit 500`,
      [nowOf(this.#context), this.#sockets.ids(), [...this.#running.keys()]],
    );
  }

  #start({ id, owner }: Due): void {
    if (this.#stopped || this.#running.has(id) || this.#running.size >= AT_ONCE) return;
    const own = [...this.#running.values()].filter((one) => one.owner === owner).length;
    if (own >= OF_ONE_OWNER) return;
    const work = this.#run(id).finally(() => {
      this.#running.delete(id);
    });
    this.#running.set(id, { owner, work });
  }

  async #run(id: string): Promise<void> {
    try {
      for (let count = 0; count < STREAK && !this.#stopped; count++)
        if ((await step(this.#context, this.#sockets, id)) === 'idle') return;
      this.wake();
    } catch (error) {
      const { name, code } = error as { name?: string; code?: string };
      process.stderr.write(
        `${JSON.stringify({ level: 'error', at: new Date().toISOString(), in: 'subscription', name, code })}\n`,
      );
      // Not again at once: whatever it was, it is tried with a pause.
      const { database, retryMs } = this.#context;
      await database
        .query('update subscription set failures = failures + 1, try_at = $2 where id = $1', [
          id,
          nowOf(this.#context) + retryMs * 10,
        ])
        .catch(() => {});
    }
  }

  async #pause(ms: number): Promise<void> {
    if (!this.#woken) await this.#sleep(ms);
    this.#woken = false;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
