import {
  type AccountContents,
  beginAccountSignIn,
  beginJoin,
  connect,
  joinAccount,
  type NewLock,
  newSeed,
  type OfferedLock,
  organizationLock,
  passkeyLock,
  passphraseLock,
  type Relation,
  type SignInInfo,
  sealAccountContents,
  subjectAccount,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { enterAccount } from '../../app/signIn.ts';
import { changeContents } from './contents.ts';
import { noteFor } from './devices.ts';
import { askPasskey, type MadePasskey, makePasskey } from './passkey.ts';

/** A device on its way to be a lock. It is kept over cancelled prompts and lost answers, so that trying again goes on where it stopped. */
export interface DeviceAttempt {
  passkey?: MadePasskey;
  /** Null: the device gives none. */
  prf?: Uint8Array | null;
}

/** An account on its way: one seed, however often its holder tries. */
export interface JoinAttempt extends DeviceAttempt {
  readonly code: string;
  readonly seed: Uint8Array;
}

/** Who will be able to open the account. */
export type Keeping = { readonly by: 'device' | 'organization' } | { readonly by: 'me'; readonly passphrase: string };

export function newAttempt(code: string): JoinAttempt {
  return { code, seed: newSeed() };
}

/** Throws RequestError `not-found` for a code that is wrong, used or too old. */
export async function checkCode(code: string): Promise<string> {
  await beginJoin(here(), { code });
  return code;
}

/** Has the device make a passkey, then asks it for what seals: the PRF output of `get()`, since that of `create()` differs on some devices. */
export async function prepareDevice(attempt: DeviceAttempt, begin: () => Promise<{ options: unknown }>): Promise<void> {
  attempt.passkey ??= await makePasskey((await begin()).options);
  if (attempt.prf !== undefined) return;
  // The assertion itself is thrown away: there is no account yet that it could sign in to.
  const { options } = await beginAccountSignIn(here());
  attempt.prf = (await askPasskey(options, attempt.passkey.id)).prf;
}

/** {@link prepareDevice} for an enrolment. */
export function prepareJoin(attempt: JoinAttempt): Promise<void> {
  return prepareDevice(attempt, () => beginJoin(here(), { code: attempt.code }));
}

/**
 * Makes the account and enters it. Sent again after a lost answer it is the same account. A passkey that came too late is forgotten, so that the next try
 * makes another. Throws RequestError.
 */
export async function join(attempt: JoinAttempt, info: SignInInfo, keeping: Keeping): Promise<Session> {
  const { code, seed } = attempt;
  const { organization, ledger } = info;
  const key = { chainId: ledger.chainId, organization: organization.id };
  const locks = await locksFor(attempt, seed, organization.name, keeping);
  const contents = contentsFor(info, locks, keeping);
  try {
    const account = await joinAccount(here(), {
      ...{ code, ...key, locks, signer: subjectAccount(seed, key) },
      file: await sealAccountContents(seed, contents),
    });
    const session = await enterAccount(info, { account }, { seed, contents });
    // Whose account it is, the page knows only now; without it the record itself tells at every sign-in.
    await changeContents(session, (now) => ({ ...now, name: session.name.slice(0, 400) })).catch(() => {});
    return session;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'unauthorized') {
      delete attempt.passkey;
      delete attempt.prf;
    }
    throw error;
  }
}

/** The locks of a seed: what the device gave, and whoever keeps it where that is not the device. */
export async function locksFor(
  { passkey, prf }: DeviceAttempt,
  seed: Uint8Array,
  keeper: string,
  keeping: Keeping,
): Promise<OfferedLock[]> {
  const locks: OfferedLock[] = [];
  if (passkey !== undefined) {
    // Of a device that seals nothing the passkey signs in only: its lock is closed with a secret that nobody has.
    const sealed: NewLock =
      keeping.by === 'device' && prf
        ? await passkeyLock(seed, passkey.id, prf)
        : await passkeyLock(seed, passkey.id, crypto.getRandomValues(new Uint8Array(32)));
    locks.push({ ...sealed, credential: passkey.credential });
  }
  if (keeping.by === 'me') locks.push(await passphraseLock(seed, keeping.passphrase));
  if (keeping.by === 'organization') locks.push(await organizationLock(seed, keeper));
  return locks;
}

function contentsFor(info: SignInInfo, locks: readonly OfferedLock[], keeping: Keeping): AccountContents {
  return { name: '', relations: [firstRelation(info)], settings: notesFor(locks, keeping) };
}

/** The relation with the organisation whose page this is, as it begins. */
export function firstRelation({ organization: { id: organization, name }, ledger }: SignInInfo): Relation {
  const { chainId, deployment } = ledger;
  const { consents, subjects } = deployment;
  return {
    ...{ chainId, organization, name, node: location.origin, contracts: { consents, subjects } },
    ...{ generation: 0, subject: null, epoch: 0, nextIndex: 0, consents: [] },
  };
}

/** What the account file remembers of new locks. */
export function notesFor(locks: readonly OfferedLock[], keeping: Keeping): Record<string, string> {
  const notes = locks.map(({ lock }) => noteFor(lock, lock.kind !== 'passkey' || keeping.by === 'device'));
  return Object.assign({}, ...notes) as Record<string, string>;
}

function here() {
  return connect({ baseUrl: location.origin });
}
