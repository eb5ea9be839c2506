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
import type { Address, Hex } from 'viem';

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
  /** Numbers of consents below this were counted off by an earlier version; 0 in accounts of today, which draw them (`takeIndex`). */
  readonly nextIndex: number;
  /** Numbers that were taken for consents, in that order, whether or not a consent came of it: none is ever used twice. */
  readonly spent?: readonly number[];
  /** Consents given here, newest last. */
  readonly consents: readonly Grant[];
  /** Refusals signed together with each consent, to be sent without opening anything. They have no deadline; whoever sends one stops that consent. */
  readonly refusals?: readonly SignedRefusal[];
  /** Base64 of the seed whose key it still has, where a recovery has given the account, or the person cared for, another one since (see `contentsForNewSeed`). */
  readonly keySeed?: string;
}

/** A refusal of one consent, signed ahead. */
export interface SignedRefusal {
  readonly index: number;
  readonly signature: Hex;
}

/** Somebody for whom the account's holder decides and whose account she keeps: a child. Handed over by rotating its keys. */
export interface Dependant {
  readonly name: string;
  readonly kind: 'child' | 'adult';
  /** Base64 of the seed (32 bytes) of her own account. */
  readonly seed: string;
  readonly relations: readonly Relation[];
}

/** What a patient keeps: her seed's lock and, encrypted with a key from the seed, all relations. */
export interface AccountContents {
  readonly name: string;
  readonly relations: readonly Relation[];
  readonly dependants?: readonly Dependant[];
  /** Base64 of the seeds before each recovery, newest last. No key is theirs any more once all is rotated; what others have sealed to them still opens. */
  readonly previousSeeds?: readonly string[];
  /** What the portal remembers for its holder, such as her language; small and free in form. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The contents as they lie with the home organisation, which cannot read them; the locks lie beside. */
export interface SealedContents {
  readonly format: 'anamnesis-account-contents/1';
  readonly iv: string;
  readonly contents: string;
}

/** The file as it lies on a disk. */
export interface AccountFile {
  readonly format: 'anamnesis-account-file/1';
  readonly account: WrappedSeed;
  /** Base64 of the IV (12 bytes) and of ciphertext with tag: AES-256-GCM under HKDF-SHA256 of the seed. */
  readonly iv: string;
  readonly contents: string;
}

const INFO = utf8('anamnesis/account-file/v1');
const { address, fail, hex, list, nullable, object, oneOf, text, whole } = checks('account-malformed');
const uint32 = whole(0, 2 ** 32 - 1);
const readRelations = list(
  object<Relation>(
    {
      chainId: whole(0, Number.MAX_SAFE_INTEGER),
      organization: uint32,
      name: text(0, 1000),
      node: text(1, 2000),
      contracts: object<Relation['contracts']>({ consents: address, subjects: address }),
      generation: uint32,
      subject: nullable(address),
      epoch: uint32,
      nextIndex: uint32,
      spent: list(uint32, 1_000_000),
      consents: list((value) => checkGrant(value), 100_000),
      refusals: list(object<SignedRefusal>({ index: uint32, signature: hex(1, 4096) }), 100_000),
      keySeed: text(44, 44),
    },
    ['refusals', 'spent', 'keySeed'],
  ),
  10_000,
);
const readContents = object<AccountContents>(
  {
    name: text(0, 400),
    relations: readRelations,
    dependants: list(
      object<Dependant>({
        name: text(0, 400),
        kind: oneOf('child', 'adult'),
        seed: text(44, 44),
        relations: readRelations,
      }),
      100,
    ),
    previousSeeds: list(text(44, 44), 1000),
    settings: (value, path) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object');
      const entries = Object.entries(value);
      if (entries.length > 100) return fail(path, 'of at most 100 entries');
      return Object.fromEntries(entries.map(([name, one]) => [name, text(0, 2000)(one, path)]));
    },
  },
  ['dependants', 'previousSeeds', 'settings'],
);
const readSealed = object<SealedContents>({
  format: oneOf('anamnesis-account-contents/1'),
  iv: text(16, 16),
  contents: text(24, 100_000_000),
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
  return { format: 'anamnesis-account-file/1', account, ...(await seal(seed, contents)) };
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
  return { seed, account: file.account, contents: await open(seed, file) };
}

/** Encrypts the contents of an account for keeping them with the home organisation. Never the same twice. */
export async function sealAccountContents(seed: Uint8Array, contents: AccountContents): Promise<SealedContents> {
  return { format: 'anamnesis-account-contents/1', ...(await seal(seed, contents)) };
}

/** Opens what `sealAccountContents` encrypted. Throws `account-malformed`, or `account-locked` when it was changed or the seed is another. */
export async function openAccountContents(seed: Uint8Array, value: unknown): Promise<AccountContents> {
  return open(seed, readSealed(value, 'file'));
}

async function seal(seed: Uint8Array, contents: AccountContents): Promise<{ iv: string; contents: string }> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = utf8(JSON.stringify(readContents(contents, 'account')));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: INFO }, await fileKey(seed), plain);
  return { iv: toBase64(iv), contents: toBase64(new Uint8Array(sealed)) };
}

async function open(seed: Uint8Array, file: { readonly iv: string; readonly contents: string }) {
  const iv = fromBase64(file.iv) ?? fail('file.iv', 'base64');
  const sealed = fromBase64(file.contents) ?? fail('file.contents', 'base64');
  let plain: Uint8Array;
  try {
    const parameters = { name: 'AES-GCM', iv, additionalData: INFO };
    plain = new Uint8Array(await crypto.subtle.decrypt(parameters, await fileKey(seed), sealed));
  } catch (cause) {
    throw new AnamnesisError('account-locked', 'The account file was changed since it was written', { cause });
  }
  return readContents(JSON.parse(fromUtf8(plain)), 'account');
}

async function fileKey(seed: Uint8Array) {
  const material = await crypto.subtle.importKey('raw', new Uint8Array(seed), 'HKDF', false, ['deriveKey']);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: INFO };
  const cipher = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(derivation, material, cipher, false, ['encrypt', 'decrypt']);
}
