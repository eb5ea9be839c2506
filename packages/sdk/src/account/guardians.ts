import { accountHpke, combineShares, hpkeOpen, hpkeSeal, splitSeed } from '@anamnesis/crypto';
import { AnamnesisError, fromBase64Url, fromUtf8, toBase64Url, utf8 } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { fromCodedText, toCodedText } from './codedText.ts';

/** A guardian's share as it is sealed to her: with the name of whom it is of, which nobody else learns. */
export interface OpenedShare {
  readonly name: string;
  readonly share: Uint8Array;
}

/** What `setGuardians` hands to the home organisation. Of the three shares it can open its own alone. */
export interface GuardiansToSet {
  readonly share: string;
  readonly check: Hex;
  readonly guardians: readonly { readonly account: string; readonly sealed: string }[];
}

const GUARDIAN_INFO = 'anamnesis/guardian/v1';
const RECOVERY_INFO = 'anamnesis/recovery/v1';
const SHEET = 'anamnesis/recovery-sheet/v1';
/** Of an account's id, and of a share. */
const [ID, SHARE] = [16, 33];

/** What a guardian shows (as text or QR) to whoever wants her: her account and the key to seal to. No secret. */
export function guardianCode(account: string, seed: Uint8Array): string {
  return `${account}.${toBase64Url(accountHpke(seed).publicKey)}`;
}

/**
 * Splits a seed: a share for the organisation, one sealed to each guardian, one for the printed sheet. Any two give it back.
 * Several guardians have the same share: they count once. Throws `account-malformed` for a guardian's code that is none.
 */
export async function makeGuardians(
  seed: Uint8Array,
  parameters: { readonly account: string; readonly name: string; readonly guardians: readonly string[] },
): Promise<{ readonly toSet: GuardiansToSet; readonly sheet: string }> {
  const { account, name } = parameters;
  const { shares, check } = await splitSeed(seed);
  const [organization, family, paper] = shares;
  const guardians = await Promise.all(
    parameters.guardians.map(async (code) => {
      const [, guardian = '', key = ''] = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(code.trim()) ?? [];
      const recipient = fromBase64Url(key);
      if (recipient?.length !== 32) throw malformed('a guardian’s code');
      const plain = utf8(JSON.stringify({ name, share: toBase64Url(family) }));
      return {
        account: guardian,
        sealed: toBase64Url(await hpkeSeal(recipient, plain, { info: GUARDIAN_INFO, aad: utf8(account) })),
      };
    }),
  );
  return {
    toSet: { share: toBase64Url(organization), check, guardians },
    sheet: toCodedText(new Uint8Array([...(fromBase64Url(account) ?? []), ...paper]), SHEET),
  };
}

/** A guardian opens what was sealed to her. `account`: whose it is. Throws `hpke-unreadable`, `account-malformed`. */
export async function openShare(
  seed: Uint8Array,
  parameters: { readonly account: string; readonly sealed: string },
): Promise<OpenedShare> {
  const sealed = fromBase64Url(parameters.sealed) ?? new Uint8Array(0);
  const binding = { info: GUARDIAN_INFO, aad: utf8(parameters.account) };
  const plain = await hpkeOpen(accountHpke(seed).privateKey, sealed, binding);
  const { name, share } = JSON.parse(fromUtf8(plain)) as { name?: unknown; share?: unknown };
  const bytes = typeof share === 'string' ? fromBase64Url(share) : null;
  if (typeof name !== 'string' || !bytes) throw malformed('a share');
  return { name, share: bytes };
}

/** A guardian seals her opened share to the new device of a recovery. */
export async function sealToDevice(
  share: Uint8Array,
  recovery: { readonly id: string; readonly newKey: string },
): Promise<string> {
  const recipient = fromBase64Url(recovery.newKey) ?? new Uint8Array(0);
  return toBase64Url(await hpkeSeal(recipient, share, { info: RECOVERY_INFO, aad: utf8(recovery.id) }));
}

/** Six digits that guardian and patient compare by voice, so that she agrees to the patient's own device and to no other. */
export async function deviceDigits(newKey: string): Promise<string> {
  const bytes = fromBase64Url(newKey) ?? new Uint8Array(0);
  const hash = new DataView(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
  return String(hash.getUint32(0) % 1_000_000).padStart(6, '0');
}

/** The share of a printed sheet as somebody typed it, and whose account it is. Throws `account-malformed` for a slip of the pen too. */
export function readSheet(text: string): { readonly account: string; readonly share: Uint8Array } {
  const bytes = fromCodedText(text, ID + SHARE, SHEET);
  if (bytes === null) throw malformed('the code of a recovery sheet');
  return { account: toBase64Url(bytes.slice(0, ID)), share: bytes.slice(ID) };
}

/**
 * Puts the seed together on the new device. `sealed`: what guardians and the organisation sealed to it; `sheet`: the printed one, if she has it.
 * Throws `account-locked` while there are not two shares that fit.
 */
export async function recoverSeed(
  privateKey: Uint8Array,
  parameters: {
    readonly recovery: { readonly id: string };
    readonly sealed: readonly string[];
    readonly sheet?: string | undefined;
    readonly check: Hex;
  },
): Promise<Uint8Array> {
  const { recovery, sealed, sheet, check } = parameters;
  const binding = { info: RECOVERY_INFO, aad: utf8(recovery.id) };
  const opened = await Promise.all(
    sealed.map((one) => hpkeOpen(privateKey, fromBase64Url(one) ?? new Uint8Array(0), binding).catch(() => null)),
  );
  const shares = opened.filter((share) => share !== null);
  return combineShares(sheet === undefined ? shares : [...shares, readSheet(sheet).share], check);
}

function malformed(what: string): AnamnesisError {
  return new AnamnesisError('account-malformed', `This is not ${what}`);
}
