import { tooManyRequests } from '@anamnesis/protocol';
import type { Database } from '../../storage/index.ts';
import { entryKey } from './store.ts';

/** Failed attempts, counted in the database so that several processes count together. */
export interface Attempts {
  /** Errors: 429 when this has failed so often (default {@link MAX_FAILURES}). */
  require(key: string, most?: number): Promise<void>;
  failed(key: string): Promise<void>;
}

/** So many failures, within so many seconds of the first. */
export const MAX_FAILURES = 10;
export const FAILURE_WINDOW = 300;
/** Of apps that do not prove who they are: more, since many may come from one address, and their secrets are 256 random bits. */
export const MAX_CLIENT_FAILURES = 50;

/** Opens the counters. `clock`: milliseconds since 1970. */
export function openAttempts(database: Database, clock: () => number): Attempts {
  const now = (): number => Math.floor(clock() / 1000);
  return {
    async require(key, most = MAX_FAILURES) {
      const rows = await database.query(
        'select 1 from smart_attempt where key = $1 and failures >= $2 and until > $3',
        [entryKey(key), most, now()],
      );
      if (rows.length > 0) throw tooManyRequests('Too many failed attempts: try again in five minutes');
    },
    async failed(key) {
      await database.query('delete from smart_attempt where until <= $1', [now()]);
      await database.query(
        `insert into smart_attempt (key, failures, until) values ($1, 1, $2)
         on conflict (key) do update set failures = smart_attempt.failures + 1`,
        [entryKey(key), now() + FAILURE_WINDOW],
      );
    },
  };
}
