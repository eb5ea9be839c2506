import { createHash } from 'node:crypto';
import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import type { Database } from '../../storage/index.ts';

/** What belongs to an entry besides its content: for finding it again and for revoking it. */
export interface EntryLinks {
  /** The grant that it hangs on: revoked with it. */
  readonly grant?: string | undefined;
  /** A second name, by which a session is found. */
  readonly uid?: string | undefined;
  readonly client?: string | undefined;
  readonly account?: string | undefined;
}

/** An entry as it was put. */
export interface Entry {
  readonly value: unknown;
  /** Seconds since 1970 at which it was used; null while it was not. */
  readonly consumedAt: number | null;
}

/**
 * Everything of OAuth that ends by itself: sessions, codes, tokens, launches, invitations, challenges. An entry is found by the SHA-256 of its name, so
 * that who reads the database holds no token, and its content is encrypted under a key of the node.
 */
export interface EntryStore {
  put(kind: string, id: string, value: unknown, seconds: number, links?: EntryLinks): Promise<void>;
  /** Puts it unless there is one of that name. Returns whether it did. */
  putNew(kind: string, id: string, value: unknown, seconds: number): Promise<boolean>;
  get(kind: string, id: string): Promise<Entry | null>;
  getByUid(kind: string, uid: string): Promise<Entry | null>;
  /** Gets it and removes it: of several who ask at once, one gets it. */
  take(kind: string, id: string): Promise<unknown>;
  /** Marks it as used. Returns whether it was not so before: of several who ask at once, one is told so. */
  consume(kind: string, id: string): Promise<boolean>;
  remove(kind: string, id: string): Promise<void>;
  /** Removes everything that hangs on a grant. */
  removeGrant(grant: string): Promise<void>;
  /** Opens the content of a row that another statement read. */
  open(kind: string, key: string, content: Uint8Array): unknown;
}

/** Rows that ended are removed by whoever puts something, at most once in so many seconds. */
const SWEEP_EVERY = 60;

/** The name under which an entry, or what it hangs on, stands in the database. */
export function entryKey(id: string): string {
  return createHash('sha256').update(id, 'utf8').digest('hex');
}

interface Row {
  readonly key: string;
  readonly content: Uint8Array;
  readonly consumed_at: number | null;
}

/** Opens the store. `key`: 32 bytes. `clock`: milliseconds since 1970. */
export function openEntryStore(database: Database, key: Uint8Array, clock: () => number): EntryStore {
  let swept = 0;
  const seconds = (): number => Math.floor(clock() / 1000);
  const place = (kind: string, entry: string): string => `oauth/${kind}/${entry}`;
  const open = (kind: string, entry: string, content: Uint8Array): unknown =>
    JSON.parse(Buffer.from(openEnvelope(key, content, place(kind, entry))).toString('utf8'));
  const opened = (kind: string, row: Row | undefined): Entry | null =>
    row === undefined ? null : { value: open(kind, row.key, row.content), consumedAt: row.consumed_at };
  const sweep = async (): Promise<void> => {
    const now = seconds();
    if (now - swept < SWEEP_EVERY) return;
    swept = now;
    await database.query('delete from smart_entry where expires_at <= $1', [now]);
  };
  const values = (kind: string, id: string, value: unknown, ttl: number, links: EntryLinks): unknown[] => {
    const entry = entryKey(id);
    const { grant, uid, client, account } = links;
    const content = sealEnvelope(key, JSON.stringify(value), place(kind, entry));
    return [
      kind,
      entry,
      grant === undefined ? null : entryKey(grant),
      uid === undefined ? null : entryKey(uid),
      client ?? null,
      account ?? null,
      content,
      seconds() + Math.max(Math.floor(ttl), 0),
    ];
  };
  const INSERT = `insert into smart_entry (kind, key, grant_key, uid_key, client, account, content, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`;

  return {
    open,
    async put(kind, id, value, ttl, links = {}) {
      await sweep();
      await database.query(
        `${INSERT} on conflict (kind, key) do update set grant_key = excluded.grant_key, uid_key = excluded.uid_key, client = excluded.client,
          account = excluded.account, content = excluded.content, expires_at = excluded.expires_at`,
        values(kind, id, value, ttl, links),
      );
    },
    async putNew(kind, id, value, ttl) {
      await sweep();
      const rows = await database.query(
        `${INSERT} on conflict (kind, key) do update set content = excluded.content, expires_at = excluded.expires_at
          where smart_entry.expires_at <= $9 returning key`,
        [...values(kind, id, value, ttl, {}), seconds()],
      );
      return rows.length === 1;
    },
    async get(kind, id) {
      const [row] = await database.query<Row>(
        'select key, content, consumed_at from smart_entry where kind = $1 and key = $2 and expires_at > $3',
        [kind, entryKey(id), seconds()],
      );
      return opened(kind, row);
    },
    async getByUid(kind, uid) {
      const [row] = await database.query<Row>(
        'select key, content, consumed_at from smart_entry where kind = $1 and uid_key = $2 and expires_at > $3',
        [kind, entryKey(uid), seconds()],
      );
      return opened(kind, row);
    },
    async take(kind, id) {
      const [row] = await database.query<Row>(
        'delete from smart_entry where kind = $1 and key = $2 and expires_at > $3 returning key, content, consumed_at',
        [kind, entryKey(id), seconds()],
      );
      return opened(kind, row)?.value ?? null;
    },
    async consume(kind, id) {
      const rows = await database.query(
        'update smart_entry set consumed_at = $3 where kind = $1 and key = $2 and consumed_at is null returning key',
        [kind, entryKey(id), seconds()],
      );
      return rows.length === 1;
    },
    async remove(kind, id) {
      await database.query('delete from smart_entry where kind = $1 and key = $2', [kind, entryKey(id)]);
    },
    async removeGrant(grant) {
      await database.query('delete from smart_entry where grant_key = $1', [entryKey(grant)]);
    },
  };
}
