import { fromBase64 } from '@anamnesis/protocol';
import {
  type AccountContents,
  approveRecovery,
  deviceDigits,
  getGuardians,
  getRecoveries,
  makeGuardians,
  type OpenedShare,
  openShare,
  type RecoveryToApprove,
  removeGuardians,
  sealToDevice,
  setGuardians,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { changeContents, readAccount } from '../account/contents.ts';

/** Somebody who is asked to help: how she is called here, and the code that she shows. */
export interface Helper {
  readonly name: string;
  readonly code: string;
}

const CODE = /^([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/;

/** The account of a helper's code; null for what is none. */
export function accountOfCode(code: string): string | null {
  return CODE.exec(code.trim())?.[1] ?? null;
}

/**
 * Lays the parts by, in place of those before, and gives the sheet to print: it is nowhere else. Names of helpers are kept in the account file, which the
 * organisation cannot read. Throws RequestError `not-found` when somebody has no account here; needs the seed.
 */
export async function chooseHelpers(session: Session, account: string, helpers: readonly Helper[]): Promise<string> {
  const { client, seed, name } = session;
  if (seed === undefined) throw Object.assign(new Error('The account is locked'), { code: 'account-locked' });
  const { toSet, sheet } = await makeGuardians(seed, { account, name, guardians: helpers.map(({ code }) => code) });
  await setGuardians(client, toSet);
  const named = Object.fromEntries(helpers.map((one) => [`guardian.${accountOfCode(one.code)}`, one.name]));
  await changeContents(session, (now) => ({ ...now, settings: { ...withoutHelpers(now), ...named } })).catch(() => {});
  return sheet;
}

/** From now on nobody's part is worth anything. */
export async function dismissHelpers(session: Session): Promise<void> {
  await removeGuardians(session.client);
  await changeContents(session, (now) => ({ ...now, settings: withoutHelpers(now) })).catch(() => {});
}

/** How the holder calls a helper; undefined where her account is not open. */
export function helperName(contents: AccountContents | null, account: string): string | undefined {
  return contents?.settings?.[`guardian.${account}`];
}

function withoutHelpers({ settings = {} }: AccountContents): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !key.startsWith('guardian.')));
}

/** Somebody whom one helps, and, where she lost her devices, the new one that waits. */
export interface Ward {
  readonly account: string;
  /** What was handed over; null while the own account is closed, or when it does not open. */
  readonly opened: OpenedShare | null;
  readonly waiting: RecoveryToApprove | undefined;
}

/** Whom one helps. Throws RequestError. */
export async function fetchWards(session: Session): Promise<readonly Ward[]> {
  const { client } = session;
  const [{ wards }, { asGuardian }] = await Promise.all([getGuardians(client), getRecoveries(client)]);
  const seeds = wards.length === 0 ? [] : await seedsOf(session);
  return Promise.all(
    wards.map(async ({ account, sealed }) => ({
      account,
      opened: await openAny(seeds, { account, sealed }),
      waiting: asGuardian.find((one) => one.account === account),
    })),
  );
}

/** Hers now, and those before her own account came back: shares from then are sealed to them. */
async function seedsOf(session: Session): Promise<readonly Uint8Array[]> {
  if (session.seed === undefined) return [];
  const { contents } = await readAccount(session);
  const previous = (contents?.previousSeeds ?? []).flatMap((one) => fromBase64(one) ?? []);
  return [session.seed, ...previous];
}

async function openAny(
  seeds: readonly Uint8Array[],
  sealed: { readonly account: string; readonly sealed: string },
): Promise<OpenedShare | null> {
  for (const seed of seeds) {
    const opened = await openShare(seed, sealed).catch(() => null);
    if (opened !== null) return opened;
  }
  return null;
}

/** Agrees to the new device, if the digits that were read out are its own. Throws an error of code `other-digits`, RequestError. */
export async function agreeTo({ client }: Session, { opened, waiting }: Ward, heard: string): Promise<void> {
  if (opened === null || waiting === undefined) throw new Error('Nothing waits');
  if (digitsIn(heard) !== (await deviceDigits(waiting.newKey)))
    throw Object.assign(new Error('The digits are of another device'), { code: 'other-digits' });
  await approveRecovery(client, { id: waiting.id, sealed: await sealToDevice(opened.share, waiting) });
}

/** Decimal digits of any script as those of ASCII, everything else left out. */
export function digitsIn(text: string): string {
  return [...text]
    .filter((sign) => /\p{Nd}/u.test(sign))
    .map((sign) => {
      const point = sign.codePointAt(0) ?? 0;
      // Each script's ten digits stand in a row; its zero is the one before which no digit stands.
      let zero = point;
      while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
      return String(point - zero);
    })
    .join('');
}
