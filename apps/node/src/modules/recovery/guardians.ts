import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import { checks, fromBase64Url } from '@anamnesis/protocol';
import type { Queryable } from '../../storage/index.ts';
import type { Account, AccountsContext } from '../accounts/index.ts';
import { AccountError } from '../accounts/index.ts';
import { patientOf } from '../consent/index.ts';
import { announce } from '../events/index.ts';

/** What the holder of an account gives: a share for the organisation, sealed ones for guardians; the third she prints. */
export interface GivenGuardians {
  /** The organisation's share, base64url of 33 bytes. */
  readonly share: string;
  /** The seed's check value, to tell that the right seed came back. */
  readonly check: string;
  /** Sealed to the key of each guardian's account; base64url. */
  readonly guardians: readonly { readonly account: string; readonly sealed: string }[];
}

/** What an account's holder sees of her guardians. */
export interface GuardiansSet {
  readonly setAt: number;
  readonly guardians: readonly string[];
}

const { fail, list, object, text } = checks('account-malformed');
/** Bytes in base64url, of a number of them. */
export const bytesText =
  (min: number, max = min) =>
  (value: unknown, path: string): string => {
    const length = typeof value === 'string' && value.length <= 2 * max + 4 ? (fromBase64Url(value)?.length ?? -1) : -1;
    return length >= min && length <= max ? (value as string) : fail(path, `base64url of ${min} to ${max} bytes`);
  };
const checkGuardians = object<GivenGuardians>({
  share: bytesText(33),
  check: text(34, 34),
  guardians: list(
    object<GivenGuardians['guardians'][number]>({ account: text(22, 22), sealed: bytesText(49, 2000) }),
    5,
  ),
});

/**
 * Sets an account's guardians, in place of those before: what these had is worth nothing any more, since shares of two splits do not fit together.
 * Each guardian is told. Throws AccountError `account-malformed`, `account-unknown` when a guardian has no account here.
 */
export async function setGuardians(
  { smart, vaultKey }: AccountsContext,
  account: Account,
  body: unknown,
): Promise<GuardiansSet> {
  const { context } = smart;
  const { share, check, guardians } = checkGuardians(body, 'guardians');
  if (guardians.some((one) => one.account === account.id))
    throw new AccountError('account-malformed', 'Nobody is her own guardian');
  const now = context.clock();
  await context.database.transaction(async (tx) => {
    await tx.query('delete from account_guardians where account = $1', [account.id]);
    const held = sealEnvelope(vaultKey, share, sharePlace(account.id));
    await tx.query('insert into account_guardians (account, held, check_value, set_at) values ($1, $2, $3, $4)', [
      ...[account.id, held, check, now],
    ]);
    for (const { account: guardian, sealed } of guardians) {
      const patient = await patientOfAccount(tx, guardian);
      if (patient === null) throw new AccountError('account-unknown', 'A guardian has no account here');
      await tx.query(
        'insert into account_guardian (account, guardian, sealed) values ($1, $2, $3) on conflict do nothing',
        [...[account.id, guardian, sealed]],
      );
      await announce(context, tx, {
        audience: `Patient/${patient}`,
        kind: 'guardian',
        ref: `${account.id}/${now}`,
        notice: true,
      });
    }
  });
  return { setAt: now, guardians: guardians.map((one) => one.account) };
}

/** The guardians of an account; null when none were set. */
export async function findGuardians(q: Queryable, account: string): Promise<GuardiansSet | null> {
  const [row] = await q.query<{ set_at: number }>('select set_at from account_guardians where account = $1', [account]);
  if (row === undefined) return null;
  const rows = await q.query<{ guardian: string }>(
    'select guardian from account_guardian where account = $1 order by guardian',
    [account],
  );
  return { setAt: row.set_at, guardians: rows.map(({ guardian }) => guardian) };
}

/** Ends what guardians can do. */
export async function removeGuardians({ smart }: AccountsContext, account: Account): Promise<void> {
  await smart.context.database.query('delete from account_guardians where account = $1', [account.id]);
}

/** For whom an account is a guardian, with what was sealed to it. */
export async function wardsOf(q: Queryable, guardian: string): Promise<{ account: string; sealed: string }[]> {
  return q.query('select account, sealed from account_guardian where guardian = $1 order by account', [guardian]);
}

/** The organisation's share of an account and its check value; only for a recovery whose delay has passed. */
export async function heldShare(
  { smart, vaultKey }: AccountsContext,
  account: string,
): Promise<{ readonly share: string; readonly check: string } | null> {
  const [row] = await smart.context.database.query<{ held: Uint8Array; check_value: string }>(
    'select held, check_value from account_guardians where account = $1',
    [account],
  );
  if (row === undefined) return null;
  const share = Buffer.from(openEnvelope(vaultKey, row.held, sharePlace(account))).toString('utf8');
  return { share, check: row.check_value };
}

/** The Patient of an account's holder. */
export async function patientOfAccount(q: Queryable, account: string): Promise<string | null> {
  const [row] = await q.query<{ subject: `0x${string}` }>('select subject from account where id = $1', [account]);
  return row === undefined ? null : patientOf(q, row.subject);
}

function sharePlace(account: string): string {
  return `account-share/${account}`;
}
