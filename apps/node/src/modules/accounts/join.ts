import { checks, type Session } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { checkSession, linkSubject } from '../consent/index.ts';
import { lower } from '../directory/subjects.ts';
import { type VerifiedPasskey, verifiedRegistration } from '../smart/index.ts';
import { type Account, accountOfSubject, checkFile, insertAccount, type StoredFile } from './accounts.ts';
import type { AccountsContext } from './context.ts';
import { findEnrolment, useEnrolment } from './enrolment.ts';
import { AccountError } from './errors.ts';
import { checkGivenLock, type GivenLock } from './lock.ts';

/** A lock with the answer of the browser that made its passkey. */
export interface OfferedLock {
  readonly given: GivenLock;
  /** The browser's RegistrationResponseJSON; for passkeys alone. */
  readonly credential?: unknown;
}

interface Join {
  readonly code: unknown;
  readonly session: Session & { readonly signature: Hex };
  readonly locks: readonly OfferedLock[];
  readonly file: StoredFile;
}

/** An account has at most so many locks. */
export const MAX_LOCKS = 20;
const { fail, list, object } = checks('account-malformed');
const any = (value: unknown): unknown => value;

/** A lock from outside. Throws AnamnesisError `account-malformed` or `lock-malformed`. */
export function checkOfferedLock(value: unknown, path: string): OfferedLock {
  if (typeof value !== 'object' || value === null) return fail(path, 'an object');
  const { credential, ...rest } = value as Record<string, unknown>;
  const given = checkGivenLock(rest, path);
  if ((credential !== undefined) !== (given.lock.kind === 'passkey'))
    return fail(path, 'with a credential for a passkey alone');
  return credential === undefined ? { given } : { given, credential };
}

const checkJoin = object<Join>({
  code: any,
  session: checkSession,
  locks: (value, path) => {
    const locks = list(checkOfferedLock, MAX_LOCKS)(value, path);
    return locks.length === 0 ? fail(path, 'at least one lock') : locks;
  },
  file: checkFile,
});

/** Where the challenge of an enrolment is kept. */
export function enrolmentPlace(code: string): string {
  return `account/${code}`;
}

/**
 * Makes the account of an enrolled patient: links her first key (a Session that it signed is the proof that she holds it), keeps locks and file. Sent again
 * after an answer was lost it answers the same. Each attempt needs a Session and, with a passkey, a challenge of its own.
 *
 * Throws AnamnesisError `account-malformed`, `lock-malformed`, `session-malformed`; AccountError `enrolment-unknown`, `sign-in-refused` (the passkey does not
 * verify), `account-exists`; what `linkSubject` throws.
 */
export async function joinAccount(
  accounts: AccountsContext,
  body: unknown,
  request: { readonly address: string; readonly requestId: string },
): Promise<{ readonly account: Account; readonly isNew: boolean }> {
  const join = checkJoin(body, 'account');
  const { context } = accounts.smart;
  const { database } = context;
  const { code, enrolment } = await findEnrolment(accounts, join.code, request.address);
  const subject = lower(join.session.subject);
  const known = await accountOfSubject(database, subject);
  if (enrolment.account !== undefined) {
    if (known?.id === enrolment.account) return { account: known, isNew: false };
    throw new AccountError('enrolment-unknown', 'The code is not known, was used, or is too old');
  }
  const locks = await verifyLocks(accounts, enrolmentPlace(code), join.locks);
  const { signature, ...session } = join.session;
  const { patient, by, another } = enrolment;
  const requester = {
    ...by,
    organization: context.ledger.organization,
    automatic: false,
    requestId: request.requestId,
  };
  await linkSubject(context, requester, { patient, session, signature, another });
  const id = await database.transaction((tx) => insertAccount(accounts, tx, { subject, locks, file: join.file }));
  await useEnrolment(accounts, code, { ...enrolment, account: id });
  const account = await accountOfSubject(database, subject);
  if (account === null) throw new AccountError('account-unknown', 'The account is gone');
  return { account, isNew: true };
}

/** Verifies the passkeys among new locks; the challenge under `place` is good for one. Throws AccountError `sign-in-refused`. */
export async function verifyLocks(
  { smart }: AccountsContext,
  place: string,
  locks: readonly OfferedLock[],
): Promise<{ given: GivenLock; passkey?: VerifiedPasskey }[]> {
  const verified: { given: GivenLock; passkey?: VerifiedPasskey }[] = [];
  for (const { given, credential } of locks) {
    if (given.lock.kind !== 'passkey') {
      verified.push({ given });
      continue;
    }
    const passkey = await verifiedRegistration(smart, place, credential);
    if (passkey === null || passkey.id !== given.lock.credentialId) {
      throw new AccountError('sign-in-refused', 'The passkey was not made for this');
    }
    verified.push({ given, passkey });
  }
  return verified;
}
