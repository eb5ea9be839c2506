import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import {
  AnamnesisError,
  canonicalize,
  commitmentOf,
  fromUtf8,
  notFound,
  parseStoredJson,
  type RecordProof,
  SALT_LENGTH,
} from '@anamnesis/protocol';
import {
  type ContentKey,
  extendLog,
  keyOwner,
  lockLog,
  type Queryable,
  type Transaction,
} from '../../storage/index.ts';
import { auditEvent } from './audit-event.ts';
import type { LogContext } from './context.ts';
import type { AccessEntry } from './entry.ts';
import { proveLeaf } from './proof.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

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

/**
 * Writes accesses into the access log in the caller's transaction: what happens in it and its entries stand or fall together. One
 * AuditEvent for each patient of each entry, encrypted under that patient's key, with a salted commitment as leaf of the log. It locks
 * the access log until the transaction ends, so call it last.
 */
export async function appendAccess(
  context: LogContext,
  tx: Transaction,
  entries: readonly AccessEntry[],
): Promise<void> {
  const events = entries.flatMap((entry) =>
    (entry.patients.length > 0 ? entry.patients : [null]).map((patient) => {
      const id = randomUUID();
      const text = canonicalize(auditEvent(entry, id, patient, context.ledger.organization));
      return { id, text, patient, recorded: new Date(entry.at).toISOString(), salt: randomBytes(SALT_LENGTH) };
    }),
  );
  if (events.length === 0) return;
  const keys = await context.keys.forOwners(
    tx,
    events.map((event) => keyOwner(event.patient)),
  );
  const sealed = events.map(({ id, text, patient, salt }) => {
    const key = keys.get(keyOwner(patient)) as ContentKey;
    return { key: key.id, salt: seal(key, salt, saltPlace(id)), content: seal(key, text, contentPlace(id)) };
  });
  const identity = { kind: 'access', ...context.ledger } as const;
  const locked = await lockLog(tx, 'access');
  await extendLog(
    tx,
    locked,
    events.map(({ salt, text }) => commitmentOf(identity, salt, text, sha256)),
  );
  await tx.query(
    `insert into access_entry (leaf_index, id, recorded, patient, key_id, salt, content)
     select * from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])`,
    [
      events.map((_, at) => locked.size + at),
      events.map((event) => event.id),
      events.map((event) => event.recorded),
      events.map((event) => event.patient),
      sealed.map((entry) => entry.key),
      sealed.map((entry) => entry.salt),
      sealed.map((entry) => entry.content),
    ],
  );
}

/**
 * Reads the access log, newest first: of one patient, or (without `patient`) all of it.
 * @param before index of a leaf: only entries before it. `count`: at most so many entries, default 100, at most 1000.
 * Errors: `envelope-unreadable` when an entry was changed in the database.
 */
export async function readAccessLog(
  context: LogContext,
  q: Queryable,
  { patient, before, count = 100 }: { patient?: string; before?: number; count?: number },
): Promise<AccessPage> {
  const limit = Math.min(Math.max(count, 1), 1000);
  const rows = await q.query<EntryRow>(
    `select ${COLUMNS} from access_entry
     where ($1::text is null or patient = $1) and ($2::bigint is null or leaf_index < $2) order by leaf_index desc limit $3`,
    [patient ?? null, before ?? null, limit + 1],
  );
  const page = rows.slice(0, limit);
  const keys = await context.keys.withIds(
    q,
    page.map((row) => row.key_id),
  );
  const entries = page.map((row) => {
    const key = keys.get(row.key_id) as ContentKey;
    const text = fromUtf8(openEnvelope(key.bytes, row.content, contentPlace(row.id)));
    return { index: row.leaf_index, event: parseStoredJson(text) as object };
  });
  return { entries, next: rows.length > limit ? (page.at(-1)?.leaf_index ?? null) : null };
}

/** Whose entry stands at an index, or null for an entry about nobody. Errors: 404 when there is none. */
export async function accessPatient(q: Queryable, index: number): Promise<string | null> {
  const [row] = await q.query<{ patient: string | null }>('select patient from access_entry where leaf_index = $1', [
    index,
  ]);
  if (row === undefined) throw notFound();
  return row.patient;
}

/** The proof that an entry is in the access log. Errors: 404 when there is none. */
export async function proveAccess(context: LogContext, q: Queryable, index: number): Promise<RecordProof> {
  const [row] = await q.query<EntryRow>(`select ${COLUMNS} from access_entry where leaf_index = $1`, [index]);
  if (row === undefined) throw notFound();
  const key = (await context.keys.withIds(q, [row.key_id])).get(row.key_id);
  if (key === undefined) throw new AnamnesisError('key-erased', 'The content key was erased');
  const salt = openEnvelope(key.bytes, row.salt, saltPlace(row.id));
  return proveLeaf(context, q, 'access', { index, salt });
}

function seal(key: ContentKey, plaintext: Uint8Array | string, place: string): Uint8Array {
  return sealEnvelope(key.bytes, plaintext, place);
}

function contentPlace(id: string): string {
  return `AuditEvent/${id}`;
}

function saltPlace(id: string): string {
  return `AuditEvent/${id}#salt`;
}
