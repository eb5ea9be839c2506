import { createHmac, type KeyObject, randomUUID } from 'node:crypto';
import { newKey, openEnvelope, readyKey, sealEnvelope, unwrapKey, wrapKey } from '@anamnesis/crypto/envelope';
import { AnamnesisError, fromUtf8 } from '@anamnesis/protocol';
import type { Queryable, Transaction } from './types.ts';

/**
 * Content keys: one for each patient and class of sensitivity, one for what concerns no patient. Each is random, wrapped by the
 * organisation's master key and named by a random id. Erasing is deleting a key's row: what it encrypted can then be opened by nobody, the
 * holder of a backup of the records included.
 */
export interface ContentKey {
  readonly id: string;
  readonly secret: KeyObject;
}

/** Unwrapped keys kept in memory; the oldest go first. */
const CACHED = 20_000;

interface KeyRow {
  id: string;
  owner: string;
  wrapped: Uint8Array;
}

/** Whose key it is: `Patient/7`, `Patient/7/sensitive/4`, or `Organization` for what concerns no patient. */
export function keyOwner(patient: string | null, sensitive = 0): string {
  if (patient === null) return 'Organization';
  return sensitive === 0 ? `Patient/${patient}` : `Patient/${patient}/sensitive/${sensitive}`;
}

/**
 * Whose key encrypts what is kept about a patient beside her records: who looked, what she consented to. It is another than her records' keys, so that one
 * record can be erased, keys and all, and the log of who read it still be opened.
 */
export function keptOwner(patient: string | null): string {
  return patient === null ? keyOwner(null) : `Patient/${patient}/kept`;
}

export class ContentKeys {
  readonly #master: Uint8Array;
  readonly #byId = new Map<string, { readonly owner: string; readonly key: ContentKey }>();
  readonly #byOwner = new Map<string, ContentKey>();
  /** Keys that a transaction has found or made, before it is committed. */
  readonly #within = new WeakMap<Transaction, Map<string, ContentKey>>();

  /** @param master the organisation's master key, 32 bytes. It never leaves this object. */
  constructor(master: Uint8Array) {
    if (master.length !== 32) throw new AnamnesisError('key-malformed', 'The master key has 32 bytes');
    this.#master = Uint8Array.from(master);
  }

  /** A key for another purpose than content, such as sealing the cursors of searches: the same in every process of the organisation. */
  derive(purpose: string): Uint8Array {
    return createHmac('sha256', this.#master).update(`anamnesis/derived-key/v1\n${purpose}`).digest();
  }

  /** The keys of these owners, making those that are missing, in one round trip. */
  async forOwners(tx: Transaction, owners: Iterable<string>): Promise<ReadonlyMap<string, ContentKey>> {
    const keys = new Map<string, ContentKey>();
    const missing: string[] = [];
    const within = this.#within.get(tx) ?? new Map<string, ContentKey>();
    this.#within.set(tx, within);
    for (const owner of new Set(owners)) {
      const cached = this.#byOwner.get(owner) ?? within.get(owner);
      if (cached === undefined) missing.push(owner);
      else keys.set(owner, cached);
    }
    if (missing.length === 0) return keys;
    this.#create(tx, missing);
    // Held until the transaction ends, so that none is erased between being found and being remembered.
    for (const row of await this.#select(tx, 'owner', missing, ' for key share')) {
      const key = { id: row.id, secret: this.#unwrap(row) };
      keys.set(row.owner, key);
      within.set(row.owner, key);
      // Only once it is committed: a key that a rollback takes back must encrypt nothing.
      tx.onCommit(() => {
        remember(this.#byOwner, row.owner, key);
        remember(this.#byId, key.id, { owner: row.owner, key });
      });
    }
    return keys;
  }

  /** The keys with these ids. Errors: `key-erased` when one is no longer there. */
  async withIds(q: Queryable, ids: Iterable<string>): Promise<ReadonlyMap<string, ContentKey>> {
    const wanted = new Set(ids);
    const keys = await this.presentOf(q, wanted);
    if (keys.size < wanted.size) throw new AnamnesisError('key-erased', 'The content key was erased');
    return keys;
  }

  /** The keys with these ids that have not been erased. */
  async presentOf(q: Queryable, ids: Iterable<string>): Promise<ReadonlyMap<string, ContentKey>> {
    const keys = new Map<string, ContentKey>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      const cached = this.#byId.get(id);
      if (cached === undefined) missing.push(id);
      else keys.set(id, cached.key);
    }
    if (missing.length === 0) return keys;
    for (const row of await this.#select(q, 'id', missing)) {
      const key = { id: row.id, secret: this.#unwrap(row) };
      keys.set(row.id, key);
      remember(this.#byId, row.id, { owner: row.owner, key });
    }
    return keys;
  }

  /**
   * Deletes the keys with these ids: what they encrypted can be opened by nobody any more, once the transaction is committed. The owners get new keys when they
   * next need one. @returns how many there were.
   */
  async erase(tx: Transaction, ids: readonly string[]): Promise<number> {
    const rows = await tx.query<{ owner: string }>(
      'delete from content_key where id = any($1::text[]) returning owner',
      [ids],
    );
    // Now already: a key that is made for the owner in this transaction is another one.
    const owners = rows.map((row) => row.owner);
    this.forget(owners);
    this.#within.delete(tx);
    tx.onCommit(() => this.#forgetIds(ids));
    return rows.length;
  }

  /** The ids of the keys of a patient: of her records of every class, and of what is kept beside them. */
  async idsOf(q: Queryable, patient: string): Promise<{ readonly id: string; readonly owner: string }[]> {
    const own = keyOwner(patient);
    return q.query('select id, owner from content_key where owner = $1 or starts_with(owner, $2)', [own, `${own}/`]);
  }

  #forgetIds(ids: Iterable<string>): void {
    for (const id of ids) this.#byId.delete(id);
  }

  /** Forgets what is in memory of these owners' keys, as an erasure needs. */
  forget(owners: Iterable<string>): void {
    const gone = new Set(owners);
    for (const owner of gone) this.#byOwner.delete(owner);
    for (const [id, { owner }] of this.#byId) if (gone.has(owner)) this.#byId.delete(id);
  }

  /** Encrypts a text for an owner; for single values, such as consent terms. Returns what the row must keep. */
  async seal(
    tx: Transaction,
    owner: string,
    text: string,
    place: string,
  ): Promise<{ keyId: string; content: Uint8Array }> {
    const key = (await this.forOwners(tx, [owner])).get(owner) as ContentKey;
    return { keyId: key.id, content: sealEnvelope(key.secret, text, place) };
  }

  /** Opens what `seal` made. Errors: `key-erased`; `envelope-unreadable` when it was changed or stands in another place. */
  async open(q: Queryable, keyId: string, content: Uint8Array, place: string): Promise<string> {
    const key = (await this.withIds(q, [keyId])).get(keyId) as ContentKey;
    return fromUtf8(openEnvelope(key.secret, content, place));
  }

  #select(q: Queryable, column: 'id' | 'owner', values: readonly string[], lock = ''): Promise<KeyRow[]> {
    const sql = `select id, owner, wrapped from content_key where ${column} = any($1::text[])${lock}`;
    return q.query<KeyRow>(sql, [values]);
  }

  /** Makes keys where there are none. Another process may do so at the same time: the database keeps the first, and that one counts for both. */
  #create(tx: Transaction, owners: readonly string[]): void {
    const rows = owners.map((owner) => {
      const id = randomUUID();
      return { id, wrapped: wrapKey(this.#master, newKey(), wrapPlace(id, owner)) };
    });
    tx.send(
      `insert into content_key (id, owner, wrapped) select * from unnest($1::text[], $2::text[], $3::bytea[])
       on conflict (owner) do nothing`,
      [rows.map((row) => row.id), owners, rows.map((row) => row.wrapped)],
    );
  }

  #unwrap(row: KeyRow): KeyObject {
    return readyKey(unwrapKey(this.#master, row.wrapped, wrapPlace(row.id, row.owner)));
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  if (map.size <= CACHED) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

function wrapPlace(id: string, owner: string): string {
  return `content-key/${id}/${owner}`;
}
