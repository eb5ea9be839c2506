import { createHash, randomUUID } from 'node:crypto';
import { notFound } from '@anamnesis/protocol';
import { type Database, StorageError, type Transaction } from '../../storage/index.ts';
import { eraseAccounts } from '../accounts/index.ts';
import { appendAccess, eraseAccessEntries } from '../audit/index.ts';
import { type Authority, eraseConsents } from '../consent/index.ts';
import { eraseEvents } from '../events/index.ts';
import { type ExchangeContext, eraseEmergencies, eraseReceived } from '../exchange/index.ts';
import { eraseDigests } from '../intake/index.ts';
import { eraseRecords } from '../records/index.ts';
import { eraseRequests } from '../requests/index.ts';
import { eraseUsers } from '../smart/index.ts';
import { type ErasureReceipt, signReceipt } from './receipt.ts';
import type { ErasureRequest } from './request.ts';

/** What erasing needs of a node. */
export interface ErasureContext extends ExchangeContext {
  /** How long the operator keeps backups, in days. */
  readonly backupDays: number;
}

const DAY = 86_400_000;

/** What was taken away besides records. */
type Erased = Pick<ErasureReceipt, 'leaves' | 'keys' | 'consents' | 'grantees' | 'retained' | 'mentions'>;

/**
 * Erases in one transaction: contents, salts, index rows and keys, and for a whole patient also her consents, her account, her users and, unless a law retains it, her
 * access log. What others hold stays theirs; the receipt names them. Afterwards the database's own remnants are written over.
 *
 * @returns the signed receipt (JWS). It is kept, and its SHA-256 stands in the access log. Errors: those of `eraseRecords`.
 */
export async function erase(context: ErasureContext, authority: Authority, request: ErasureRequest): Promise<string> {
  const at = context.clock();
  const id = randomUUID();
  const receipt = await context.database.transaction(async (tx) => {
    const erased = 'received' in request ? await received(context, tx, request) : await own(context, tx, request);
    const signed = await signReceipt(context.signingKey, {
      format: 'anamnesis-erasure-receipt/1',
      id,
      organization: context.ledger.organization,
      at: new Date(at).toISOString(),
      reason: request.reason,
      what: describe(request),
      ...erased,
      backupsUntil: new Date(at + context.backupDays * DAY).toISOString(),
    });
    await tx.query('insert into erasure (id, at, receipt) values ($1, $2, $3)', [id, at, signed]);
    for (const log of ['records', 'access'] as const)
      await tx.query(
        'insert into erased_leaf (log, leaf_index, erasure) select $1, leaf, $2 from unnest($3::bigint[]) as leaf',
        [log, id, erased.leaves[log]],
      );
    await note(context, tx, authority, { request, id, at, signed });
    return signed;
  });
  await writeOver(context.database);
  return receipt;
}

/** The receipt of an erasure. Errors: 404. */
export async function findReceipt(context: Pick<ErasureContext, 'database'>, id: string): Promise<string> {
  const [row] = await context.database.query<{ receipt: string }>('select receipt from erasure where id = $1', [id]);
  if (row === undefined) throw notFound();
  return row.receipt;
}

async function received(
  context: ErasureContext,
  tx: Transaction,
  { received: of }: Extract<ErasureRequest, { received: object }>,
): Promise<Erased> {
  if ((await eraseReceived(context, tx, of)) === 0) throw notFound();
  return { leaves: { records: [], access: [] }, keys: 1, consents: 0, grantees: [], retained: [], mentions: [] };
}

async function own(
  context: ErasureContext,
  tx: Transaction,
  { patient, what, retain }: Extract<ErasureRequest, { patient: string }>,
): Promise<Erased> {
  const records = await eraseRecords(context, tx, patient, what);
  await eraseDigests(tx, records.keys);
  await eraseEvents(tx, null, records.references);
  if (what.kind !== 'patient')
    return {
      leaves: { records: records.leaves, access: [] },
      keys: records.keys.length,
      consents: 0,
      grantees: [],
      retained: [],
      mentions: [],
    };
  const consents = await eraseConsents(context, tx, patient);
  await eraseAccounts(tx, consents.subjects);
  await eraseUsers(tx, patient);
  await eraseRequests(tx, patient);
  await eraseEmergencies(tx, patient);
  await eraseEvents(tx, patient, consents.subjects);
  const access = retain === null ? await eraseAccessEntries(tx, patient) : [];
  if (records.leaves.length === 0 && access.length === 0 && consents.subjects.length === 0) throw notFound();
  const kept = await context.keys.idsOf(tx, patient);
  const spared = retain === null ? [] : kept.filter(({ owner }) => owner.endsWith('/kept')).map((key) => key.id);
  const rest = kept.map((key) => key.id).filter((one) => !spared.includes(one));
  await eraseDigests(tx, rest);
  const keys = records.keys.length + (await context.keys.erase(tx, rest));
  return {
    leaves: { records: records.leaves, access },
    keys,
    consents: consents.consents,
    grantees: consents.grantees,
    retained: retain === null ? [] : [retain],
    mentions: records.mentions,
  };
}

/** The entry of an erasure: in her log while she has one, and in nobody's afterwards. */
async function note(
  context: ErasureContext,
  tx: Transaction,
  authority: Authority,
  {
    request,
    id,
    at,
    signed,
  }: { readonly request: ErasureRequest; readonly id: string; readonly at: number; readonly signed: string },
): Promise<void> {
  const { actor, display, organization, purpose, basis, automatic, requestId } = authority;
  const stays = 'patient' in request && (request.what.kind !== 'patient' || request.retain !== null);
  const digest = createHash('sha256').update(signed).digest('hex');
  const entry = {
    at,
    action: 'erase',
    outcome: 'success',
    actor,
    display,
    organization,
    purpose,
    basis: basis.kind,
    automatic,
    requestId,
  } as const;
  const description = `erasure ${id}; SHA-256 of the receipt: ${digest}`;
  await appendAccess(context, tx, [{ ...entry, patients: stays ? [request.patient] : [], entities: [], description }]);
}

function describe(request: ErasureRequest): string {
  if ('received' in request) return 'what was received about a subject';
  return {
    patient: 'everything about a patient',
    class: 'sensitive classes of a patient',
    record: 'a record of a patient',
  }[request.what.kind];
}

/**
 * A deleted row lies in the database's files until its page is used again, and in its write-ahead log until that is. The table of keys is small: it is written anew, and a
 * checkpoint lets the log go. A role that may not do so leaves it to the server's own upkeep.
 */
async function writeOver(database: Database): Promise<void> {
  for (const statement of ['vacuum full content_key', 'checkpoint']) {
    try {
      await database.query(statement);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
    }
  }
}
