import { subjectsOf } from '../consent/index.ts';
import type { User } from '../smart/index.ts';
import { type Account, accountOfSubject, heldSecrets, insertAccount, type StoredFile } from './accounts.ts';
import type { AccountsContext } from './context.ts';
import type { GivenLock } from './lock.ts';

/** An account that the organisation can open, with the secrets of its locks. */
export interface OpenableAccount {
  readonly account: Account;
  /** Secrets by lock, base64url. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The account of a demonstration's patient: opened by a click. Null when she has none. */
export async function openDemoAccount(accounts: AccountsContext, user: User): Promise<OpenableAccount | null> {
  const { database } = accounts.smart.context;
  if (!user.demo || !user.fhirUser.startsWith('Patient/')) return null;
  for (const subject of await subjectsOf(database, user.fhirUser.slice('Patient/'.length))) {
    const account = await accountOfSubject(database, subject);
    if (account !== null) return { account, secrets: await heldSecrets(accounts, account.id) };
  }
  return null;
}

/**
 * Sees to it that a demonstration's patient has an account. One that she has changed stays as it is; one that nobody touched is brought up to date, since
 * the nodes of a demonstration may have moved.
 */
export async function ensureDemoAccount(
  accounts: AccountsContext,
  made: { readonly subject: Account['subject']; readonly locks: readonly GivenLock[]; readonly file: StoredFile },
): Promise<void> {
  const { database } = accounts.smart.context;
  const known = await accountOfSubject(database, made.subject);
  if (known !== null) {
    const update = 'update account set file = $2 where id = $1 and version = 1';
    await database.query(update, [known.id, JSON.stringify(made.file)]);
    return;
  }
  await database.transaction((tx) =>
    insertAccount(accounts, tx, { ...made, locks: made.locks.map((given) => ({ given })) }),
  );
}
