import type { Hex } from 'viem';
import type { LockedAccount } from '../account/account.ts';
import type { SealedContents } from '../account/accountFile.ts';
import type { GuardiansToSet } from '../account/guardians.ts';
import type { SignedRotation } from '../account/rotate.ts';
import type { Connection } from '../client/connection.ts';
import { API_BASE } from './base.ts';
import type { OfferedLock } from './joinAccount.ts';
import type { EnrolmentCode } from './makeEnrolment.ts';

/** Whom an account has laid shares by with. `setAt`: milliseconds since 1970; `guardians`: their accounts. */
export interface GuardiansSet {
  readonly setAt: number;
  readonly guardians: readonly string[];
}

/** A recovery. Times in milliseconds since 1970. */
export interface Recovery {
  readonly id: string;
  readonly account: string;
  /** The new device's public key, base64url: `deviceDigits` are compared by voice. */
  readonly newKey: string;
  readonly state: 'waiting' | 'cancelled' | 'done';
  readonly startedAt: number;
  readonly readyAt: number;
  readonly approvals: number;
}

/** A recovery that waits for a guardian, with what was sealed to her (`openShare`). */
export interface RecoveryToApprove extends Recovery {
  readonly sealed: string;
  readonly approved: boolean;
}

/** How far a recovery is, for the new device. All sealed texts are for its key. */
export interface RecoveryProgress {
  readonly recovery: Recovery;
  readonly approvals: readonly string[];
  /** After the delay. */
  readonly given: { readonly share: string; readonly check: Hex; readonly account: LockedAccount } | null;
}

type Options = { signal?: AbortSignal | undefined };

/** The account's guardians (null: none), and for whom it is one itself. */
export async function getGuardians(
  connection: Connection,
  options: Options = {},
): Promise<{
  readonly guardians: GuardiansSet | null;
  readonly wards: readonly { account: string; sealed: string }[];
}> {
  const reply = await connection.request({ path: `${API_BASE}/accounts/me/guardians`, ...options });
  return reply.body() as { guardians: GuardiansSet | null; wards: { account: string; sealed: string }[] };
}

/** Sets guardians (`makeGuardians`), in place of those before. Throws RequestError `not-found` when one has no account here. */
export async function setGuardians(
  connection: Connection,
  parameters: GuardiansToSet,
  options: Options = {},
): Promise<GuardiansSet> {
  const path = `${API_BASE}/accounts/me/guardians`;
  const reply = await connection.request({ method: 'PUT', path, body: parameters, ...options });
  return (reply.body() as { guardians: GuardiansSet }).guardians;
}

/** Ends what guardians can do. */
export async function removeGuardians(connection: Connection, options: Options = {}): Promise<void> {
  await connection.request({ method: 'DELETE', path: `${API_BASE}/accounts/me/guardians`, ...options });
}

/** At the desk: a code with which a patient whom staff know begins a recovery. Throws RequestError `forbidden`, `not-found`, `conflict` without guardians. */
export async function makeRecoveryCode(
  connection: Connection,
  parameters: { readonly patient: string },
  options: Options = {},
): Promise<EnrolmentCode> {
  const path = `${API_BASE}/recovery-codes`;
  return (await connection.request({ method: 'POST', path, body: parameters, ...options })).body() as EnrolmentCode;
}

/**
 * Begins a recovery on a new device. `newKey`: the public half of `generateHpkeKeyPair()`, base64url; the private half stays in the page. `token` is the bearer of
 * the verbs below. The same code and key again is the same recovery. Throws RequestError `not-found`, `conflict`, `too-many-requests`.
 */
export async function startRecovery(
  connection: Connection,
  parameters: { readonly code: string; readonly newKey: string },
  options: Options = {},
): Promise<{ readonly recovery: Recovery; readonly token: string }> {
  const path = `${API_BASE}/recoveries`;
  // These two and nothing else of what a caller keeps together with them, such as the private half.
  const body = { code: parameters.code, newKey: parameters.newKey };
  const reply = await connection.request({ method: 'POST', path, body, authenticated: false, ...options });
  return reply.body() as { recovery: Recovery; token: string };
}

/** In a session: recoveries of the account itself, to be cancelled in one tap, and those that wait for its holder as a guardian. */
export async function getRecoveries(
  connection: Connection,
  options: Options = {},
): Promise<{ readonly own: readonly Recovery[]; readonly asGuardian: readonly RecoveryToApprove[] }> {
  const reply = await connection.request({ path: `${API_BASE}/recoveries`, ...options });
  return reply.body() as { own: Recovery[]; asGuardian: RecoveryToApprove[] };
}

/** A guardian agrees: `sealed` is of `sealToDevice`. */
export async function approveRecovery(
  connection: Connection,
  parameters: { readonly id: string; readonly sealed: string },
  options: Options = {},
): Promise<Recovery> {
  const { id, sealed } = parameters;
  const path = `${API_BASE}/recoveries/${encodeURIComponent(id)}/approval`;
  const reply = await connection.request({ method: 'POST', path, body: { sealed }, ...options });
  return (reply.body() as { recovery: Recovery }).recovery;
}

/** Cancels a recovery: by the account's holder in her session, or by the device with its token. */
export async function cancelRecovery(
  connection: Connection,
  parameters: { readonly id: string },
  options: Options = {},
): Promise<void> {
  const path = `${API_BASE}/recoveries/${encodeURIComponent(parameters.id)}`;
  await connection.request({ method: 'DELETE', path, ...options });
}

/** How far it is. With the recovery's token. */
export async function getRecoveryProgress(connection: Connection, options: Options = {}): Promise<RecoveryProgress> {
  return (await connection.request({ path: `${API_BASE}/recoveries/mine`, ...options })).body() as RecoveryProgress;
}

/** What the browser needs to make the new device's passkey. With the recovery's token. */
export async function beginRecoveryLock(
  connection: Connection,
  options: Options = {},
): Promise<{ readonly options: unknown }> {
  const path = `${API_BASE}/recoveries/mine/options`;
  return (await connection.request({ method: 'POST', path, body: {}, ...options })).body() as { options: unknown };
}

/**
 * Ends a recovery: new locks and file of a new seed (`contentsForNewSeed`), and the rotation of the home subject (`signRotation`), all together or not at all.
 * Throws RequestError `conflict` before the delay is over or when it has ended, `unauthorized` for a passkey that does not verify.
 */
export async function finishRecovery(
  connection: Connection,
  parameters: {
    readonly locks: readonly OfferedLock[];
    readonly file: SealedContents;
    readonly rotation: SignedRotation;
  },
  options: Options = {},
): Promise<void> {
  const path = `${API_BASE}/recoveries/mine/finish`;
  await connection.request({ method: 'POST', path, body: parameters, ...options });
}

/** Hands a change of key to an organisation's node, which relays it to the ledger. No session is needed. */
export async function sendRotation(
  connection: Connection,
  parameters: SignedRotation,
  options: Options = {},
): Promise<void> {
  const path = `${API_BASE}/subjects/rotations`;
  await connection.request({ method: 'POST', path, body: parameters, authenticated: false, ...options });
}
