import { tooManyRequests } from '@anamnesis/protocol';
import type { Database } from '../../storage/index.ts';
import { entryKey } from './store.ts';

/** Failed attempts, counted in the database so that several processes count together. */
export interface Attempts {
  /** Errors: 429 when one of these has failed too often. */
  require(...keys: string[]): Promise<void>;
  failed(...keys: string[]): Promise<void>;
}

/** So many failures, within so many seconds of the first. */
export const MAX_FAILURES = 10;
export const FAILURE_WINDOW = 300;

/** Opens the counters. `clock`: milliseconds since 1970. */
export function openAttempts(database: Database, clock: () => number): Attempts {
  const now = (): number => Math.floor(clock() / 1000);
  return {
    async require(...keys) {
      const rows = await database.query(
        'select 1 from smart_attempt where key = any($1::text[]) and failures >= $2 and until > $3',
        [keys.map(entryKey), MAX_FAILURES, now()],
      );
      if (rows.length > 0) throw tooManyRequests('Too many failed attempts: try again in five minutes');
    },
    async failed(...keys) {
      await database.query('delete from smart_attempt where until <= $1', [now()]);
      await database.query(
        `insert into smart_attempt (key, failures, until) select key, 1, $2 from unnest($1::text[]) as given (key)
         on conflict (key) do update set failures = smart_attempt.failures + 1`,
        [[...new Set(keys.map(entryKey))], now() + FAILURE_WINDOW],
      );
    },
  };
}
