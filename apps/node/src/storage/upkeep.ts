import type { Queryable } from './types.ts';

/** Milliseconds between two looks, which cost about one each. */
const EVERY = 1000;
/** Bytes of write-ahead log after which a checkpoint is made: so much is replayed after a crash, and kept on disk, at most. */
const MAX_LOG = 32 * 1024 * 1024;

/** As autovacuum judges (https://www.postgresql.org/docs/18/routine-vacuuming.html#AUTOVACUUM), with thresholds for larger tables. */
const NEEDIEST = `
select relname as name, n_dead_tup > 1000 + n_live_tup / 5 as dirty from pg_stat_user_tables
where n_dead_tup > 1000 + n_live_tup / 5 or n_mod_since_analyze > 1000 + n_live_tup / 5
order by n_dead_tup + n_mod_since_analyze desc limit 1`;

/**
 * What PostgreSQL's background processes do, and PGlite, which has none, does not: checkpoints, without which the write-ahead log grows until
 * the database is closed and a restart after a crash takes ever longer; and the removal of dead rows and the planner's statistics, a table at a time.
 */
export class Upkeep {
  readonly #database: Queryable;
  #lookedAt = performance.now();
  #busy = false;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /** To be called after each transaction. Does its work, now and then, when the connection is free. */
  committed(): void {
    if (this.#busy || performance.now() - this.#lookedAt < EVERY) return;
    this.#busy = true;
    // A failure here is no failure of anybody's request, and one that matters comes back with the next write.
    void this.#tend()
      .catch(() => {})
      .finally(() => {
        this.#busy = false;
        this.#lookedAt = performance.now();
      });
  }

  async #tend(): Promise<void> {
    const [log] = await this.#database.query<{ bytes: string }>(
      'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) as bytes from pg_control_checkpoint()',
    );
    if (Number(log?.bytes ?? 0) > MAX_LOG) await this.#database.query('checkpoint');
    const [table] = await this.#database.query<{ name: string; dirty: boolean }>(NEEDIEST);
    if (table !== undefined)
      await this.#database.query(`${table.dirty ? 'vacuum (analyze)' : 'analyze'} "${table.name}"`);
  }
}
