import { unwrapSeed, type WrappedSeed } from '@anamnesis/crypto';
import {
  AnamnesisError,
  checkGrant,
  checks,
  fromBase64,
  fromUtf8,
  type Grant,
  toBase64,
  utf8,
} from '@anamnesis/protocol';
import type { Address } from 'viem';

/** A patient's relation with one organisation: she is another subject at each, and nobody else can tell that they are one person. */
export interface Relation {
  readonly chainId: number;
  /** Directory id of the organisation. */
  readonly organization: number;
  readonly name: string;
  /** Address of its node. */
  readonly node: string;
  /** Contracts that its consents are signed for, pinned when the relation began. */
  readonly contracts: { readonly consents: Address; readonly subjects: Address };
  /** Of the subject's key; one more after each rotation. */
  readonly generation: number;
  /** The subject's address, when its key was rotated; null while it is that of generation 0. */
  readonly subject: Address | null;
  /** Epoch of the subject on the ledger, as last known. */
  readonly epoch: number;
  /** Number of the next consent: none is ever used twice, since refusing one is for good. */
  readonly nextIndex: number;
  /** Consents given here, newest last. */
  readonly consents: readonly Grant[];
}

/** What a patient keeps: her seed's lock and, encrypted with a key from the seed, all relations. */
export interface AccountContents {
  readonly name: string;
  readonly relations: readonly Relation[];
}

/** The file as it lies on a disk or with the home organisation, which cannot read it. */
export interface AccountFile {
  readonly format: 'anamnesis-account-file/1';
  readonly account: WrappedSeed;
  /** Base64 of the IV (12 bytes) and of ciphertext with tag: AES-256-GCM under HKDF-SHA256 of the seed. */
  readonly iv: string;
  readonly contents: string;
}

const INFO = utf8('anamnesis/account-file/v1');
const { address, fail, list, nullable, object, oneOf, text, whole } = checks('account-malformed');
const uint32 = whole(0, 2 ** 32 - 1);
const readContents = object<AccountContents>({
  name: text(0, 400),
  relations: list(
    object<Relation>({
      chainId: whole(0, Number.MAX_SAFE_INTEGER),
      organization: uint32,
      name: text(0, 1000),
      node: text(1, 2000),
      contracts: object<Relation['contracts']>({ consents: address, subjects: address }),
      generation: uint32,
      subject: nullable(address),
      epoch: uint32,
      nextIndex: uint32,
      consents: list((value) => checkGrant(value), 100_000),
    }),
    10_000,
  ),
});
const readFile = object<AccountFile>({
  format: oneOf('anamnesis-account-file/1'),
  account: (value) => value as WrappedSeed,
  iv: text(16, 16),
  contents: text(24, 100_000_000),
});

/** Encrypts the contents of an account for its file. `account` is the seed's lock (`wrapSeed`) and goes along unchanged. */
export async function sealAccountFile(
  seed: Uint8Array,
  account: WrappedSeed,
  contents: AccountContents,
): Promise<AccountFile> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = utf8(JSON.stringify(readContents(contents, 'account')));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: INFO }, await fileKey(seed), plain);
  return { format: 'anamnesis-account-file/1', account, iv: toBase64(iv), contents: toBase64(new Uint8Array(sealed)) };
}

/**
 * Opens an account file with its passphrase.
 * Throws `account-malformed`, or `account-locked` for another passphrase or a file that was changed.
 */
export async function openAccountFile(
  value: unknown,
  passphrase: string,
): Promise<{ seed: Uint8Array; account: WrappedSeed; contents: AccountContents }> {
  const file = readFile(value, 'file');
  const seed = await unwrapSeed(file.account, passphrase);
  const iv = fromBase64(file.iv) ?? fail('file.iv', 'base64');
  const sealed = fromBase64(file.contents) ?? fail('file.contents', 'base64');
  let plain: Uint8Array;
  try {
    const parameters = { name: 'AES-GCM', iv, additionalData: INFO };
    plain = new Uint8Array(await crypto.subtle.decrypt(parameters, await fileKey(seed), sealed));
  } catch (cause) {
    throw new AnamnesisError('account-locked', 'The account file was changed since it was written', { cause });
  }
  return { seed, account: file.account, contents: readContents(JSON.parse(fromUtf8(plain)), 'account') };
}

async function fileKey(seed: Uint8Array) {
  const material = await crypto.subtle.importKey('raw', new Uint8Array(seed), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: INFO };
  const cipher = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(derivation, material, cipher, false, ['encrypt', 'decrypt']);
}
