import {
  beginAccountSignIn,
  connect,
  finishAccountSignIn,
  fromPassphrase,
  type HandedAccount,
  type Lock,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { fetchSignInInfo, openPatient } from '../../app/signIn.ts';
import { askPasskey } from './passkey.ts';

/** An account that its passkey has brought but not opened: its device gives no PRF output. The passphrase opens it. */
export interface StillLocked {
  readonly handed: HandedAccount;
}

export function isStillLocked(answer: Session | StillLocked): answer is StillLocked {
  return 'handed' in answer;
}

/**
 * Signs a patient in with a passkey. `only`: the account that it must be. Throws a DOMException when the prompt was cancelled, RequestError, and errors of
 * code `account-locked`, `another-account`.
 */
export async function signInByOwnPasskey(only?: string): Promise<Session | StillLocked> {
  const connection = connect({ baseUrl: location.origin });
  const [info, { state, options }] = await Promise.all([fetchSignInInfo(), beginAccountSignIn(connection)]);
  const { id, prf, credential } = await askPasskey(options);
  const handed = await finishAccountSignIn(connection, { state, credential });
  requireAccount(handed, only);
  try {
    return await openPatient(info, handed, (lock) =>
      lock.kind === 'passkey' && lock.credentialId === id ? prf : null,
    );
  } catch (error) {
    const locked = (error as { code?: unknown }).code === 'account-locked';
    if (locked && passphraseLockOf(handed) !== undefined) return { handed };
    throw error;
  }
}

/** Opens an account that was brought already. Throws `account-locked` for another passphrase. */
export async function openByPassphrase({ handed }: StillLocked, passphrase: string): Promise<Session> {
  const lock = passphraseLockOf(handed);
  if (lock === undefined) throw Object.assign(new Error('No passphrase'), { code: 'account-locked' });
  const { secret } = await fromPassphrase(passphrase, lock.kdf);
  return openPatient(await fetchSignInInfo(), handed, ({ id }) => (id === lock.id ? secret : null));
}

/** Signs in with the number of an account and its passphrase. Throws RequestError `unauthorized`, `too-many-requests`. */
export async function signInByPassphrase(account: string, passphrase: string, only?: string): Promise<Session> {
  const connection = connect({ baseUrl: location.origin });
  const [info, { kdf }] = await Promise.all([fetchSignInInfo(), beginAccountSignIn(connection, { account })]);
  // What cannot be a number of an account is refused like a wrong one.
  if (kdf === undefined) throw Object.assign(new Error('No such account'), { code: 'unauthorized' });
  const { secret, verifier } = await fromPassphrase(passphrase, kdf);
  const handed = await finishAccountSignIn(connection, { account, verifier });
  requireAccount(handed, only);
  return openPatient(info, handed, (lock) => (lock.kind === 'passphrase' ? secret : null));
}

function requireAccount({ account }: HandedAccount, only: string | undefined): void {
  if (only === undefined || account.id === only) return;
  throw Object.assign(new Error('It is the account of somebody else'), { code: 'another-account' });
}

function passphraseLockOf({ account }: HandedAccount): (Lock & { kind: 'passphrase' }) | undefined {
  return account.locks.find((lock) => lock.kind === 'passphrase');
}
