import { randomBytes, randomUUID } from 'node:crypto';
import { hpkeSeal } from '@anamnesis/crypto';
import { checks, fromBase64Url, toBase64Url, utf8 } from '@anamnesis/protocol';
import type { Queryable, Transaction } from '../../storage/index.ts';
import { type Account, AccountError, type AccountsContext, findAccount, newCode, readCode } from '../accounts/index.ts';
import { hashSecret, subjectsOf } from '../consent/index.ts';
import { announce } from '../events/index.ts';
import { bytesText, heldShare, patientOfAccount } from './guardians.ts';

export type RecoveryState = 'waiting' | 'cancelled' | 'done';

/** A recovery as everybody who has to do with it sees it. Times in milliseconds since 1970. */
export interface Recovery {
  readonly id: string;
  readonly account: string;
  /** The new device's public key (X25519, base64url), to which shares are sealed. */
  readonly newKey: string;
  readonly state: RecoveryState;
  readonly startedAt: number;
  /** Before it the organisation gives nothing out. */
  readonly readyAt: number;
  /** How many guardians have agreed. */
  readonly approvals: number;
}

/** What HPKE binds shares to on their way to a new device. */
export const RECOVERY_INFO = 'anamnesis/recovery/v1';
/** How long a code of the desk stands, in seconds. */
const CODE_LIFE = 86_400;

const { object, text } = checks('account-malformed');
const checkStart = object<{ code: string; newKey: string }>({ code: text(1, 100), newKey: bytesText(32) });

interface Code {
  readonly account: string;
  readonly recovery?: string;
  readonly newKey?: string;
}

interface Row {
  readonly id: string;
  readonly account: string;
  readonly new_key: string;
  readonly state: RecoveryState;
  readonly started_at: number;
  readonly ready_at: number;
  readonly approvals: number;
}

const SELECT = `select id, account, new_key, state, started_at, ready_at,
  (select count(*)::int from recovery_approval a where a.recovery = recovery.id) as approvals from recovery`;

/**
 * A code with which a patient whom staff know begins a recovery, once, within a day. Throws AccountError `account-unknown`, `guardians-unset` when nothing was
 * laid by for it.
 */
export async function openRecoveryCode(
  { smart }: AccountsContext,
  patient: string,
): Promise<{ code: string; seconds: number }> {
  const { database } = smart.context;
  const subjects = await subjectsOf(database, patient);
  const [row] = await database.query<{ id: string; guarded: boolean }>(
    `select id, exists (select from account_guardians g where g.account = account.id) as guarded from account
     where subject = any($1::text[])`,
    [subjects],
  );
  if (row === undefined) throw new AccountError('account-unknown', 'The patient has no account here');
  if (!row.guarded)
    throw new AccountError('guardians-unset', 'The account has no guardians: there is nothing to recover it from');
  const code = newCode();
  await smart.store.put('RecoveryCode', readCode(code) ?? '', { account: row.id } satisfies Code, CODE_LIFE);
  return { code, seconds: CODE_LIFE };
}

/**
 * Begins a recovery: from now on the delay runs, and everybody is told. Begun again with the same code and key after an answer was lost, it is the same one,
 * with another token. Throws AccountError `enrolment-unknown` for a wrong code (429 after ten), `recovery-running`.
 */
export async function startRecovery(
  { smart }: AccountsContext,
  body: unknown,
  delaySeconds: number,
  address: string,
): Promise<{ readonly recovery: Recovery; readonly token: string }> {
  const { code: given, newKey } = checkStart(body, 'recovery');
  const { context, store, attempts } = smart;
  const limit = `enrolment:${address}`;
  await attempts.require(limit);
  const code = readCode(given);
  const entry = code === null ? null : ((await store.get('RecoveryCode', code))?.value as Code | undefined);
  if (code === null || !entry || (entry.newKey !== undefined && entry.newKey !== newKey)) {
    await attempts.failed(limit);
    throw new AccountError('enrolment-unknown', 'The code is not known, was used, or is too old');
  }
  const token = `ana_v_${randomBytes(32).toString('base64url')}`;
  const id = entry.recovery ?? randomUUID();
  const now = context.clock();
  await context.database.transaction(async (tx) => {
    if (entry.recovery !== undefined) {
      await tx.query('update recovery set token_hash = $2 where id = $1', [id, hashSecret(token)]);
      return;
    }
    const made = await tx.query(
      `insert into recovery (id, account, token_hash, new_key, state, started_at, ready_at)
       values ($1, $2, $3, $4, 'waiting', $5, $6) on conflict do nothing returning id`,
      [id, entry.account, hashSecret(token), newKey, now, now + delaySeconds * 1000],
    );
    if (made.length === 0) throw new AccountError('recovery-running', 'A recovery of the account is running already');
    await tellAll(context, tx, entry.account, id);
  });
  await store.put('RecoveryCode', code, { ...entry, recovery: id, newKey } satisfies Code, CODE_LIFE);
  const recovery = await findRecovery(context.database, id);
  if (recovery === null) throw new AccountError('account-unknown', 'There is no such recovery');
  return { recovery, token };
}

async function tellAll(
  context: AccountsContext['smart']['context'],
  tx: Transaction,
  account: string,
  ref: string,
): Promise<void> {
  const guardians = await tx.query<{ guardian: string }>('select guardian from account_guardian where account = $1', [
    account,
  ]);
  for (const who of [account, ...guardians.map(({ guardian }) => guardian)]) {
    const patient = await patientOfAccount(tx, who);
    if (patient !== null)
      await announce(context, tx, { audience: `Patient/${patient}`, kind: 'recovery', ref, notice: true });
  }
}

/** A recovery by its id, or null. */
export async function findRecovery(q: Queryable, id: string): Promise<Recovery | null> {
  const [row] = await q.query<Row>(`${SELECT} where id = $1`, [id]);
  return row === undefined ? null : shown(row);
}

/** The recovery of a token. Throws AccountError `sign-in-refused`. */
export async function recoveryOfToken(q: Queryable, token: string): Promise<Recovery> {
  const [row] = await q.query<Row>(`${SELECT} where token_hash = $1`, [hashSecret(token)]);
  if (row === undefined) throw new AccountError('sign-in-refused', 'The token is of no recovery');
  return shown(row);
}

/** Recoveries that concern an account: its own, and those that wait for it as a guardian, with what was sealed to it. */
export async function listRecoveries(
  q: Queryable,
  account: string,
): Promise<{
  readonly own: readonly Recovery[];
  readonly asGuardian: readonly (Recovery & { sealed: string; approved: boolean })[];
}> {
  const own = await q.query<Row>(`${SELECT} where account = $1 order by started_at desc limit 20`, [account]);
  const others = await q.query<Row & { sealed: string; approved: boolean }>(
    `select r.id, r.account, r.new_key, r.state, r.started_at, r.ready_at, g.sealed,
       (select count(*)::int from recovery_approval a where a.recovery = r.id) as approvals,
       exists (select from recovery_approval a where a.recovery = r.id and a.guardian = $1) as approved
     from recovery r join account_guardian g on g.account = r.account and g.guardian = $1
     where r.state = 'waiting' order by r.started_at desc`,
    [account],
  );
  return {
    own: own.map(shown),
    asGuardian: others.map(({ sealed, approved, ...row }) => ({ ...shown(row), sealed, approved })),
  };
}

/** Cancels a recovery: in one tap, by whoever holds the account, or by the device that began it. Twice is the same as once. */
export async function cancelRecovery({ smart }: AccountsContext, recovery: Recovery): Promise<void> {
  const { context } = smart;
  await context.database.transaction(async (tx) => {
    const rows = await tx.query(
      `update recovery set state = 'cancelled' where id = $1 and state = 'waiting' returning id`,
      [recovery.id],
    );
    if (rows.length === 0) return;
    await tx.query('delete from recovery_approval where recovery = $1', [recovery.id]);
    await tellAll(context, tx, recovery.account, `${recovery.id}/cancelled`);
  });
}

/** A guardian agrees: she has opened her share and sealed it to the new device. Throws AccountError `account-unknown`, `recovery-ended`. */
export async function approveRecovery(
  { smart }: AccountsContext,
  guardian: Account,
  id: string,
  body: unknown,
): Promise<Recovery> {
  const { sealed } = object<{ sealed: string }>({ sealed: bytesText(49, 2000) })(body, 'approval');
  const { database } = smart.context;
  const recovery = await findRecovery(database, id);
  const [ward] =
    recovery === null
      ? []
      : await database.query('select 1 from account_guardian where account = $1 and guardian = $2', [
          ...[recovery.account, guardian.id],
        ]);
  if (recovery === null || ward === undefined) throw new AccountError('account-unknown', 'There is no such recovery');
  if (recovery.state !== 'waiting') throw new AccountError('recovery-ended', 'The recovery has ended');
  await database.query(
    `insert into recovery_approval (recovery, guardian, sealed) values ($1, $2, $3)
     on conflict (recovery, guardian) do update set sealed = excluded.sealed`,
    [id, guardian.id, sealed],
  );
  return (await findRecovery(database, id)) ?? recovery;
}

/** What a new device gets of a recovery: its state, what guardians sealed to it, and, once the delay is over, the rest. */
export interface RecoveryProgress {
  readonly recovery: Recovery;
  /** Sealed to the new device; base64url. */
  readonly approvals: readonly string[];
  /** After the delay: the organisation's share sealed to the new device, the check value, and the account. */
  readonly given: { readonly share: string; readonly check: string; readonly account: Account } | null;
}

/** How far a recovery is, for the device that began it. */
export async function progressOf(accounts: AccountsContext, recovery: Recovery): Promise<RecoveryProgress> {
  const { context } = accounts.smart;
  const waiting = recovery.state === 'waiting';
  const rows = waiting
    ? await context.database.query<{ sealed: string }>(
        'select sealed from recovery_approval where recovery = $1 order by guardian',
        [recovery.id],
      )
    : [];
  const approvals = rows.map(({ sealed }) => sealed);
  if (!waiting || recovery.readyAt > context.clock()) return { recovery, approvals, given: null };
  const [held, account] = [
    await heldShare(accounts, recovery.account),
    await findAccount(context.database, recovery.account),
  ];
  if (held === null || account === null) return { recovery, approvals, given: null };
  const binding = { info: RECOVERY_INFO, aad: utf8(recovery.id) };
  const newKey = fromBase64Url(recovery.newKey) ?? new Uint8Array(0);
  const sealed = await hpkeSeal(newKey, fromBase64Url(held.share) ?? new Uint8Array(0), binding);
  return { recovery, approvals, given: { share: toBase64Url(sealed), check: held.check, account } };
}

function shown({ id, account, new_key: newKey, state, started_at, ready_at, approvals }: Row): Recovery {
  return { id, account, newKey, state, startedAt: started_at, readyAt: ready_at, approvals };
}
