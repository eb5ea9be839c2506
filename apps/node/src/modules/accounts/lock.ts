import { checkPassphraseKdf, checkSealedSeed, type PassphraseKdf, type SealedSeed } from '@anamnesis/crypto';
import { sealEnvelope } from '@anamnesis/crypto/envelope';
import { checks, fromBase64Url } from '@anamnesis/protocol';
import { hashSecret } from '../consent/index.ts';
import type { AccountsContext } from './context.ts';

/** A lock as the portal made it: one way to open an account's seed. Nothing here opens it. */
export type StoredLock =
  | { readonly id: string; readonly kind: 'passkey'; readonly credentialId: string; readonly sealed: SealedSeed }
  | { readonly id: string; readonly kind: 'passphrase'; readonly kdf: PassphraseKdf; readonly sealed: SealedSeed }
  | { readonly id: string; readonly kind: 'organization'; readonly keeper: string; readonly sealed: SealedSeed };

/** A lock with what the node is told besides. */
export interface GivenLock {
  readonly lock: StoredLock;
  /** Of a passphrase: what signs in, base64url of 32 bytes. */
  readonly verifier?: string;
  /** Of one that the organisation keeps: its secret, base64url of 32 bytes. */
  readonly secret?: string;
}

const { fail, object, oneOf, text } = checks('account-malformed');
const id = text(22, 22);
const secret32 = (value: unknown, path: string): string =>
  typeof value === 'string' && fromBase64Url(value)?.length === 32 ? value : fail(path, 'base64url of 32 bytes');
const passkey = object<StoredLock & { kind: 'passkey' }>({
  id,
  kind: oneOf('passkey'),
  credentialId: text(1, 1400),
  sealed: checkSealedSeed,
});
const passphrase = object<StoredLock & { kind: 'passphrase' }>({
  id,
  kind: oneOf('passphrase'),
  kdf: checkPassphraseKdf,
  sealed: checkSealedSeed,
});
const organization = object<StoredLock & { kind: 'organization' }>({
  id,
  kind: oneOf('organization'),
  keeper: text(1, 200),
  sealed: checkSealedSeed,
});

function stored(value: unknown, path: string): StoredLock {
  const { kind } = (value ?? {}) as { kind?: unknown };
  if (kind === 'passkey') return passkey(value, path);
  return kind === 'passphrase' ? passphrase(value, path) : organization(value, path);
}

const given = object<GivenLock>({ lock: stored, verifier: secret32, secret: secret32 }, ['verifier', 'secret']);

/** A lock from outside. Throws AnamnesisError `account-malformed` or `lock-malformed`. */
export function checkGivenLock(value: unknown, path = 'lock'): GivenLock {
  const read = given(value, path);
  const { kind } = read.lock;
  if ((read.verifier !== undefined) !== (kind === 'passphrase'))
    return fail(path, 'with a verifier for a passphrase alone');
  if ((read.secret !== undefined) !== (kind === 'organization'))
    return fail(path, 'with a secret for the organisation alone');
  return read;
}

/** The columns of a lock's row besides those of a passkey. */
export function lockColumns({ vaultKey }: AccountsContext, { lock, verifier, secret }: GivenLock) {
  return {
    id: lock.id,
    kind: lock.kind,
    content: JSON.stringify(lock),
    verifier: verifier === undefined ? null : hashSecret(verifier),
    held: secret === undefined ? null : sealEnvelope(vaultKey, secret, heldPlace(lock.id)),
  };
}

/** Where a kept secret belongs: it opens nowhere else. */
export function heldPlace(lock: string): string {
  return `account-lock/${lock}`;
}
