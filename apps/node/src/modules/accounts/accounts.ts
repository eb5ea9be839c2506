import { randomBytes } from 'node:crypto';
import { openEnvelope } from '@anamnesis/crypto/envelope';
import { checks } from '@anamnesis/protocol';
import type { Address } from 'viem';
import type { Queryable } from '../../storage/index.ts';
import { lower } from '../directory/subjects.ts';
import type { VerifiedPasskey } from '../smart/index.ts';
import type { AccountsContext } from './context.ts';
import { AccountError } from './errors.ts';
import { type GivenLock, heldPlace, lockColumns, type StoredLock } from './lock.ts';

/** The encrypted contents of an account, as the portal made them. */
export interface StoredFile {
  readonly format: 'anamnesis-account-contents/1';
  readonly iv: string;
  readonly contents: string;
}

/** A patient's account as she gets it when she signs in: what she opens with one of its locks. */
export interface Account {
  readonly id: string;
  /** Her subject at this organisation. */
  readonly subject: Address;
  readonly locks: readonly StoredLock[];
  readonly file: StoredFile;
  /** Of the file: its ETag. */
  readonly version: number;
}

/** A file is at most so long, in characters. */
const MAX_FILE = 8 * 1024 * 1024;
const { object, oneOf, text } = checks('account-malformed');

/** A file from outside. Throws AnamnesisError `account-malformed`. */
export const checkFile = object<StoredFile>({
  format: oneOf('anamnesis-account-contents/1'),
  iv: text(16, 16),
  contents: text(24, MAX_FILE),
});

interface AccountRow {
  readonly id: string;
  readonly subject: Address;
  readonly file: string;
  readonly version: number;
}

const SELECT = 'select id, subject, file, version from account';

/** The account of a subject, or null. */
export function accountOfSubject(q: Queryable, subject: Address): Promise<Account | null> {
  return one(q, 'subject = $1', lower(subject));
}

/** An account by its id, or null. */
export function findAccount(q: Queryable, id: string): Promise<Account | null> {
  return one(q, 'id = $1', id);
}

async function one(q: Queryable, condition: string, value: string): Promise<Account | null> {
  const [row] = await q.query<AccountRow>(`${SELECT} where ${condition}`, [value]);
  if (row === undefined) return null;
  const locks = await q.query<{ content: string }>(
    'select content from account_lock where account = $1 order by created_at, id',
    [row.id],
  );
  return {
    ...row,
    file: JSON.parse(row.file) as StoredFile,
    locks: locks.map(({ content }) => JSON.parse(content) as StoredLock),
  };
}

/** Makes an account. Throws AccountError `account-exists` when the subject has one. */
export async function insertAccount(
  accounts: AccountsContext,
  q: Queryable,
  made: {
    readonly subject: Address;
    readonly locks: readonly { readonly given: GivenLock; readonly passkey?: VerifiedPasskey | undefined }[];
    readonly file: StoredFile;
  },
): Promise<string> {
  const id = randomBytes(16).toString('base64url');
  const rows = await q.query(
    `insert into account (id, subject, file, version, created_at) values ($1, $2, $3, 1, $4)
     on conflict (subject) do nothing returning id`,
    [id, lower(made.subject), JSON.stringify(made.file), accounts.smart.context.clock()],
  );
  if (rows.length === 0) throw new AccountError('account-exists', 'the subject has an account already');
  for (const { given, passkey } of made.locks) await insertLock(accounts, q, id, given, passkey);
  return id;
}

/** Adds a lock. Throws AccountError `account-malformed` when its id or its passkey is in use. */
export async function insertLock(
  { smart, ...rest }: AccountsContext,
  q: Queryable,
  account: string,
  given: GivenLock,
  passkey?: VerifiedPasskey,
): Promise<void> {
  const { id, kind, content, verifier, held } = lockColumns({ smart, ...rest }, given);
  const rows = await q.query(
    `insert into account_lock (id, account, kind, content, verifier, held, credential_id, public_key, counter, transports, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning id`,
    [
      ...[id, account, kind, content, verifier, held],
      ...[passkey?.id ?? null, passkey?.publicKey ?? null, passkey?.counter ?? null],
      ...[passkey === undefined ? null : JSON.stringify(passkey.transports), smart.context.clock()],
    ],
  );
  if (rows.length === 0) throw new AccountError('account-malformed', 'the lock is in use');
}

/** The secrets that the organisation keeps for an account, by lock. Only for who has shown that she may have them. */
export async function heldSecrets(
  { smart, vaultKey }: AccountsContext,
  account: string,
): Promise<Readonly<Record<string, string>>> {
  const rows = await smart.context.database.query<{ id: string; held: Uint8Array }>(
    'select id, held from account_lock where account = $1 and held is not null',
    [account],
  );
  return Object.fromEntries(
    rows.map(({ id, held }) => [id, Buffer.from(openEnvelope(vaultKey, held, heldPlace(id))).toString('utf8')]),
  );
}
