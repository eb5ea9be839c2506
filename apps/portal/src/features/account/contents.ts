import {
  type AccountContents,
  getAccount,
  type LockedAccount,
  openAccountContents,
  putAccountFile,
  RequestError,
  sealAccountContents,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';

/** Her account as the node keeps it, and its contents where the seed is open. */
export interface AccountView {
  readonly account: LockedAccount;
  readonly contents: AccountContents | null;
}

export async function readAccount({ client, seed }: Session): Promise<AccountView> {
  const account = await getAccount(client);
  return { account, contents: seed === undefined ? null : await openAccountContents(seed, account.file) };
}

/** Writes a change into the account file; of two devices at once, both changes stay. Throws RequestError; needs the seed. */
export async function changeContents(
  { client, seed }: Session,
  change: (contents: AccountContents) => AccountContents,
): Promise<void> {
  if (seed === undefined) throw Object.assign(new Error('The account is locked'), { code: 'account-locked' });
  for (let attempt = 0; ; attempt++) {
    const { file, version } = await getAccount(client);
    const contents = change(await openAccountContents(seed, file));
    try {
      await putAccountFile(client, { file: await sealAccountContents(seed, contents), version });
      return;
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'conflict') || attempt === 4) throw error;
    }
  }
}
