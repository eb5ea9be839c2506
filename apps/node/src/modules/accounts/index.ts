/** Patients' accounts: the encrypted file, the locks that open its seed, and how their holders sign in. */
export { type Account, accountOfSubject, type StoredFile } from './accounts.ts';
export { type AccountsContext, openAccounts } from './context.ts';
export { ensureDemoAccount, openDemoAccount } from './demo.ts';
export { AccountError, type AccountErrorCode } from './errors.ts';
export type { GivenLock, StoredLock } from './lock.ts';
