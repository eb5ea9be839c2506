import { fromBase64Url, toBase64Url } from '@anamnesis/protocol';
import {
  type AccountContents,
  bearer,
  beginRecoveryLock,
  type Connection,
  cancelRecovery,
  chainPolicy,
  connect,
  contentsForNewSeed,
  finishRecovery,
  generateHpkeKeyPair,
  getRecoveryProgress,
  newSeed,
  openAccountContents,
  openTrustedLedger,
  type RecoveryProgress,
  readSheet,
  recoverSeed,
  relationSigner,
  type SignInInfo,
  sealAccountContents,
  signRotation,
  startRecovery,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { enterAccount } from '../../app/signIn.ts';
import { forget, keep, kept } from '../../app/vault.ts';
import { type DeviceAttempt, type Keeping, locksFor, notesFor, prepareDevice } from '../account/join.ts';

/**
 * A recovery as this device keeps it, sealed, over a reload: the key to which shares are sealed, and the token to ask how far it is. It opens nothing by
 * itself: the shares come from others. The printed sheet is never kept.
 */
export interface DeviceRecovery {
  readonly code: string;
  /** Base64url, both halves. */
  readonly newKey: string;
  readonly privateKey: string;
  /** Once the node has begun it. */
  readonly token?: string;
}

const KEPT = 'recovery';

/** What was begun on this device, in this tab or another, and has not come to its end; null when nothing was. */
export async function begunRecovery(): Promise<DeviceRecovery | null> {
  const found = (await kept(KEPT).catch(() => undefined)) as DeviceRecovery | undefined;
  return found?.token === undefined ? null : found;
}

/**
 * Begins with the code of the desk. Of two tabs the second finds what the first has begun; after a lost answer the same code and key are sent again, and it
 * is the same recovery. Throws RequestError `not-found`, `conflict` (another device is at it), `too-many-requests`.
 */
export async function beginRecovery(typed: string): Promise<DeviceRecovery> {
  return navigator.locks.request('anamnesis-recovery', async () => {
    const code = typed.toUpperCase().replace(/\s/g, '');
    const before = (await kept(KEPT).catch(() => undefined)) as DeviceRecovery | undefined;
    if (before?.token !== undefined) return before;
    const device = before?.code === code ? before : await newDevice(code);
    await keep(KEPT, device).catch(() => {}); // A browser that keeps nothing has to stay open until the end.
    const { token } = await startRecovery(connect({ baseUrl: location.origin }), device);
    const begun = { ...device, token };
    await keep(KEPT, begun).catch(() => {});
    return begun;
  });
}

async function newDevice(code: string): Promise<DeviceRecovery> {
  const { publicKey, privateKey } = await generateHpkeKeyPair();
  return { code, newKey: toBase64Url(publicKey), privateKey: toBase64Url(privateKey) };
}

/** Forgets it on this device; at the node it stays as it is. */
export async function forgetRecovery(): Promise<void> {
  await forget(KEPT).catch(() => {});
}

/** Ends it before its time, for everybody. */
export async function stopRecovery(device: DeviceRecovery): Promise<void> {
  await cancelRecovery(lineOf(device), { id: 'mine' });
}

export function fetchProgress(device: DeviceRecovery, signal?: AbortSignal): Promise<RecoveryProgress> {
  return getRecoveryProgress(lineOf(device), { signal });
}

/** Whether a sheet that somebody typed is of this account: `slip` when it was not copied as it stands. Whether it is of today only two parts together tell. */
export function judgeSheet(text: string, account: string): 'fits' | 'slip' | 'another' {
  try {
    return readSheet(text).account === account ? 'fits' : 'another';
  } catch {
    return 'slip';
  }
}

/** An account on its way back: what it was, and what it will be. However often the device is asked, there is one new seed. */
export interface ReturnAttempt extends DeviceAttempt {
  readonly old: Uint8Array;
  readonly seed: Uint8Array;
  /** What was sent, to be sent again after a lost answer. */
  sent?: Parameters<typeof finishRecovery>[1] & { readonly contents: AccountContents };
}

/** Puts the parts together; null while there are not two that fit. */
export async function putTogether(
  { privateKey }: DeviceRecovery,
  { recovery, approvals, given }: RecoveryProgress,
  sheet: string | undefined,
): Promise<ReturnAttempt | null> {
  const key = fromBase64Url(privateKey);
  if (given === null || key === null) return null;
  try {
    const sealed = [...approvals, given.share];
    const old = await recoverSeed(key, { recovery, sealed, sheet, check: given.check });
    return { old, seed: newSeed() };
  } catch {
    return null;
  }
}

/** Has this device make the passkey that opens the account from now on. */
export function prepareReturn(device: DeviceRecovery, attempt: ReturnAttempt): Promise<void> {
  return prepareDevice(attempt, () => beginRecoveryLock(lineOf(device)));
}

/**
 * Gives the account its new seed, whose key alone counts from then on, and enters it: the same account with the same records. Throws RequestError, what the
 * ledger throws; a passkey that came too late is forgotten, so that the next try makes another.
 */
export async function finishReturn(
  device: DeviceRecovery,
  given: NonNullable<RecoveryProgress['given']>,
  attempt: ReturnAttempt,
  info: SignInInfo,
  keeping: Keeping,
): Promise<Session> {
  attempt.sent ??= await whatToSend(given, attempt, info, keeping);
  const { contents, ...sent } = attempt.sent;
  try {
    await finishRecovery(lineOf(device), sent);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'unauthorized') {
      delete attempt.passkey;
      delete attempt.prf;
      delete attempt.sent;
    }
    throw error;
  }
  const session = await enterSoon(info, given.account.id, { seed: attempt.seed, contents });
  await forgetRecovery();
  return session;
}

async function whatToSend(
  { account }: NonNullable<RecoveryProgress['given']>,
  { old, seed, ...device }: ReturnAttempt,
  info: SignInInfo,
  keeping: Keeping,
): Promise<NonNullable<ReturnAttempt['sent']>> {
  const before = await openAccountContents(old, account.file);
  const home = before.relations.find(({ organization }) => organization === info.organization.id);
  if (home === undefined) throw new Error('The account has no relation here');
  const { rpcUrls, deployment, policy } = info.ledger;
  const ledger = await openTrustedLedger({ rpcUrls, deployment, policy: chainPolicy(policy) });
  const { nonce } = await ledger.subject(relationSigner(old, home).subject);
  const locks = await locksFor(device, seed, info.organization.name, keeping);
  const contents = {
    ...contentsForNewSeed({ seed: old, contents: before }, [home.organization]),
    // Of the devices that were lost nothing is remembered; helpers are to be chosen anew.
    settings: { ...keptSettings(before), ...notesFor(locks, keeping) },
  };
  return {
    contents,
    locks,
    file: await sealAccountContents(seed, contents),
    rotation: await signRotation(home, { from: old, to: seed }, nonce),
  };
}

function keptSettings({ settings = {} }: AccountContents): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !/^(device|signs|guardian)\./.test(key)));
}

/** The node knows the new key as soon as it has seen it on the ledger. */
async function enterSoon(
  info: SignInInfo,
  id: string,
  opened: { readonly seed: Uint8Array; readonly contents: AccountContents },
): Promise<Session> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await enterAccount(info, { account: { id } }, opened);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'unauthorized' || attempt === 90) throw error;
      await new Promise((done) => setTimeout(done, 1_000));
    }
  }
}

function lineOf({ token = '' }: DeviceRecovery): Connection {
  return connect({ baseUrl: location.origin, credentials: bearer(token) });
}
