/** Patients' accounts: the encrypted file, the locks that open its seed, and how their holders sign in. */
export { type Account, accountOfSubject, checkFile, findAccount, insertLock, type StoredFile } from './accounts.ts';
export { type AccountsContext, openAccounts } from './context.ts';
export { ensureDemoAccount, type OpenableAccount, openDemoAccount } from './demo.ts';
export { ENROLMENT_LIFE, findEnrolment, newCode, openEnrolment, readCode } from './enrolment.ts';
export { eraseAccounts } from './erase.ts';
export { AccountError, type AccountErrorCode } from './errors.ts';
export { checkOfferedLock, enrolmentPlace, joinAccount, type OfferedLock, verifyLocks } from './join.ts';
export { addLock, removeLock, writeFile } from './keep.ts';
export type { GivenLock, StoredLock } from './lock.ts';
export { newPasskeyOptions } from './passkeys.ts';
export { beginAccountSignIn, finishAccountSignIn, type SignInOptions } from './sign-in.ts';
