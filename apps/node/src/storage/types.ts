/**
 * What the node asks of its database: PostgreSQL's dialect, spoken by PGlite (in process, on disk) and by PostgreSQL itself.
 *
 * Values have one form on both engines: `bigint` is a JavaScript number (beyond 2^53 it is an error), `timestamptz` a Date, `bytea` a
 * Uint8Array, arrays are arrays. Do not use the types `date` and `timestamp`: the engines disagree about their time zone.
 * Parameters that are arrays need a cast in the SQL (`$1::text[]`, `$2::bytea[]`).
 */
export interface Queryable {
  /**
   * Runs one statement. Statements of one transaction that are asked for before an answer is waited for travel together. Errors: `StorageError`, which never holds the values of the statement.
   */
  query<Row extends object>(sql: string, params?: readonly unknown[], planned?: Planned): Promise<Row[]>;
}

/**
 * When a statement is planned. `once`: a text that comes again is kept planned, whatever its values. `each`: anew for each call's values, for statements
 * whose best plan depends on them.
 */
export type Planned = 'once' | 'each';

/** Statements that take effect together or not at all. */
export interface Transaction extends Queryable {
  /**
   * Runs a statement whose rows nobody needs, without waiting: it travels with the next one, or with the commit. When it fails, so does the transaction.
   */
  send(sql: string, params?: readonly unknown[]): void;
  /** Runs `effect` once the transaction has been committed: for memory that must not know what a rollback takes back. */
  onCommit(effect: () => void): void;
}

export interface Database extends Queryable {
  readonly engine: 'pglite' | 'postgres';
  /**
   * Runs `work` in one transaction (READ COMMITTED). It is committed when `work` resolves and on stable storage when this resolves; it is
   * rolled back when `work` throws, and the error is passed on. After a deadlock it runs again, so `work` changes nothing but the database.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** One step of the schema. It is never changed once it has been released; a later step corrects it. */
export interface Migration {
  /** Number and feature, such as `001-records`. */
  readonly id: string;
  readonly sql: string;
}
