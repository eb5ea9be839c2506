import { hash } from 'node:crypto';
import { freshBytes, openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import {
  committer,
  fromUtf8,
  notFound,
  parseStoredJson,
  type RecordProof,
  SALT_LENGTH,
  utf8,
} from '@anamnesis/protocol';
import { type ContentKey, keptOwner, type Queryable, type Transaction } from '../../storage/index.ts';
import { auditEventText } from './audit-event.ts';
import type { LogContext } from './context.ts';
import type { AccessEntry } from './entry.ts';
import { entryId } from './entry-id.ts';
import { proveLeaves } from './proof.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

/** An entry of the access log as it is kept: a FHIR AuditEvent at its place in the tree. */
export interface LoggedAccess {
  /** Index of its leaf, which is also its place in the order of the log. */
  readonly index: number;
  /** The AuditEvent. Its canonical JSON is what the leaf commits to. */
  readonly event: object;
}

/** A page of the access log, newest first. */
export interface AccessPage {
  readonly entries: readonly LoggedAccess[];
  /** Places of entries that can no longer be opened: changed in the database, or their key erased. They hide no others, nor go unnamed. */
  readonly unreadable: readonly number[];
  /** What to give as `before` for the next page; null on the last. */
  readonly next: number | null;
}

interface EntryRow {
  leaf_index: number;
  id: string;
  key_id: string;
  salt: Uint8Array;
  content: Uint8Array;
}

const COLUMNS = 'leaf_index, id, key_id, salt, content';

const APPEND = `
with place as (select append_leaves('access', $1::bytea[]) as first)
insert into access_entry (leaf_index, id, recorded, patient, key_id, salt, content)
select first + entry.at - 1, entry.id, entry.recorded, entry.patient, entry.key_id, entry.salt, entry.content
from place, unnest($2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])
  with ordinality as entry (id, recorded, patient, key_id, salt, content, at)`;

/**
 * Writes accesses into the access log in the caller's transaction: what happens in it and its entries stand or fall together. One
 * AuditEvent for each patient of each entry, encrypted under that patient's key, with a salted commitment as leaf of the log. It locks
 * the access log until the transaction ends, so call it last: it does not wait, and travels with the commit.
 */
export async function appendAccess(
  context: LogContext,
  tx: Transaction,
  entries: readonly AccessEntry[],
): Promise<void> {
  const observer = { organization: context.ledger.organization, base: context.base };
  const events = entries.flatMap((entry) =>
    (entry.patients.length > 0 ? entry.patients : [null]).map((patient) => {
      const id = entryId(entry.at);
      const text = utf8(auditEventText(entry, id, patient, observer));
      return { id, text, patient, recorded: new Date(entry.at).toISOString(), salt: freshBytes(SALT_LENGTH) };
    }),
  );
  if (events.length === 0) return;
  const keys = await context.keys.forOwners(
    tx,
    events.map((event) => keptOwner(event.patient)),
  );
  const sealed = events.map(({ id, text, patient, salt }) => {
    const key = keys.get(keptOwner(patient)) as ContentKey;
    return { key: key.id, salt: seal(key, salt, saltPlace(id)), content: seal(key, text, contentPlace(id)) };
  });
  const commit = committer({ kind: 'access', ...context.ledger }, sha256);
  tx.send(APPEND, [
    events.map(({ salt, text }) => commit(salt, text)),
    events.map((event) => event.id),
    events.map((event) => event.recorded),
    events.map((event) => event.patient),
    sealed.map((entry) => entry.key),
    sealed.map((entry) => entry.salt),
    sealed.map((entry) => entry.content),
  ]);
}

/** Which entries: of one patient, before one place, recorded in a period (milliseconds since 1970, the end excluded). */
export interface AccessRange {
  readonly patient?: string;
  readonly before?: number;
  readonly from?: number;
  readonly until?: number;
}

/**
 * Reads the access log, newest first: of one patient, or (without `patient`) all of it.
 * @param before index of a leaf: only entries before it. `count`: at most so many entries, default 100, at most 1000.
 */
export async function readAccessLog(
  context: LogContext,
  q: Queryable,
  { patient, before, count = 100, from, until }: AccessRange & { count?: number },
): Promise<AccessPage> {
  const limit = Math.min(Math.max(count, 1), 1000);
  const rows = await q.query<EntryRow>(
    `select ${COLUMNS} from access_entry
     where ($1::text is null or patient = $1) and ($2::bigint is null or leaf_index < $2)
       and ($4::timestamptz is null or recorded >= $4) and ($5::timestamptz is null or recorded < $5)
     order by leaf_index desc limit $3`,
    [patient ?? null, before ?? null, limit + 1, timeOf(from), timeOf(until)],
  );
  const page = rows.slice(0, limit);
  const keys = await context.keys.presentOf(
    q,
    page.map((row) => row.key_id),
  );
  const entries: LoggedAccess[] = [];
  const unreadable: number[] = [];
  for (const row of page) {
    const event = openEvent(keys.get(row.key_id), row);
    if (event === null) unreadable.push(row.leaf_index);
    else entries.push({ index: row.leaf_index, event });
  }
  return { entries, unreadable, next: rows.length > limit ? (page.at(-1)?.leaf_index ?? null) : null };
}

function timeOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

/** Where the entry with this id of its AuditEvent stands, and whose it is; null when there is none. */
export async function findAccess(
  q: Queryable,
  id: string,
): Promise<{ readonly index: number; readonly patient: string | null } | null> {
  const [row] = await q.query<{ index: number; patient: string | null }>(
    'select leaf_index as index, patient from access_entry where id = $1',
    [id],
  );
  return row ?? null;
}

function openEvent(key: ContentKey | undefined, row: EntryRow): object | null {
  if (key === undefined) return null;
  try {
    return parseStoredJson(fromUtf8(openEnvelope(key.secret, row.content, contentPlace(row.id)))) as object;
  } catch {
    return null;
  }
}

/** Whose entry stands at an index, or null for an entry about nobody. Errors: 404 when there is none. */
export async function accessPatient(q: Queryable, index: number): Promise<string | null> {
  const [row] = await q.query<{ patient: string | null }>('select patient from access_entry where leaf_index = $1', [
    index,
  ]);
  if (row === undefined) throw notFound();
  return row.patient;
}

/** The proof that an entry is in the access log. Errors as `proveAccesses`. */
export async function proveAccess(context: LogContext, q: Queryable, index: number): Promise<RecordProof> {
  const [proof] = await proveAccesses(context, q, [index]);
  return proof as RecordProof;
}

/**
 * The proofs of many entries, in their order, with a handful of queries. Errors: 404 when one is not there, `key-erased`,
 * `envelope-unreadable` when its row was changed.
 */
export async function proveAccesses(
  context: LogContext,
  q: Queryable,
  indexes: readonly number[],
): Promise<RecordProof[]> {
  const rows = await q.query<EntryRow>(`select ${COLUMNS} from access_entry where leaf_index = any($1::bigint[])`, [
    indexes,
  ]);
  const keys = await context.keys.withIds(
    q,
    rows.map((row) => row.key_id),
  );
  const byIndex = new Map(rows.map((row) => [row.leaf_index, row]));
  const leaves = indexes.map((index) => {
    const row = byIndex.get(index);
    const key = row && keys.get(row.key_id);
    if (row === undefined || key === undefined) throw notFound();
    return { index, salt: openEnvelope(key.secret, row.salt, saltPlace(row.id)) };
  });
  return proveLeaves(context, q, 'access', leaves);
}

function seal(key: ContentKey, plaintext: Uint8Array | string, place: string): Uint8Array {
  return sealEnvelope(key.secret, plaintext, place);
}

function contentPlace(id: string): string {
  return `AuditEvent/${id}`;
}

function saltPlace(id: string): string {
  return `AuditEvent/${id}#salt`;
}
