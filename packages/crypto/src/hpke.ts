import { AnamnesisError, concat, utf8 } from '@anamnesis/protocol';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';

/**
 * Sealing to a public key: HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, over WebCrypto, in
 * browser and Node. A sealed text is: 32-byte encapsulated key ‖ ciphertext.
 */
const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

const ENCAPSULATED_LENGTH = 32;

/** An X25519 key pair, raw bytes (32 each). */
export interface HpkeKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** What a sealed text is bound to; both sides must give the same. */
export interface HpkeBinding {
  /** What it is for, such as "anamnesis/release/v1". */
  readonly info: string;
  /** Where it belongs, such as a request id. */
  readonly aad?: Uint8Array;
}

/** A new key pair. */
export async function generateHpkeKeyPair(): Promise<HpkeKeyPair> {
  const pair = await suite.kem.generateKeyPair();
  const [publicKey, privateKey] = await Promise.all([
    suite.kem.serializePublicKey(pair.publicKey),
    suite.kem.serializePrivateKey(pair.privateKey),
  ]);
  return { publicKey: new Uint8Array(publicKey), privateKey: new Uint8Array(privateKey) };
}

/**
 * Encrypts to the holder of a private key.
 * @throws AnamnesisError `hpke-key-malformed` for a public key that is none.
 */
export async function hpkeSeal(
  recipient: Uint8Array,
  plaintext: Uint8Array,
  { info, aad = new Uint8Array(0) }: HpkeBinding,
): Promise<Uint8Array> {
  const recipientPublicKey = await importKey(recipient, true);
  const { enc, ct } = await suite.seal({ recipientPublicKey, info: utf8(info) }, copy(plaintext), copy(aad));
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/**
 * Decrypts what `hpkeSeal` encrypted.
 * @throws AnamnesisError `hpke-unreadable` when it was changed or sealed to another key, purpose or place; `hpke-key-malformed`.
 */
export async function hpkeOpen(
  privateKey: Uint8Array,
  sealed: Uint8Array,
  { info, aad = new Uint8Array(0) }: HpkeBinding,
): Promise<Uint8Array> {
  const recipientKey = await importKey(privateKey, false);
  const enc = copy(sealed.subarray(0, ENCAPSULATED_LENGTH));
  const body = copy(sealed.subarray(ENCAPSULATED_LENGTH));
  try {
    return new Uint8Array(await suite.open({ recipientKey, enc, info: utf8(info) }, body, copy(aad)));
  } catch {
    throw new AnamnesisError('hpke-unreadable', 'The sealed text cannot be opened with this key in this place');
  }
}

async function importKey(key: Uint8Array, isPublic: boolean) {
  try {
    return await suite.kem.importKey('raw', copy(key), isPublic);
  } catch {
    throw new AnamnesisError('hpke-key-malformed', 'An X25519 key has 32 bytes');
  }
}

/** An ArrayBuffer of exactly these bytes, which is what WebCrypto takes. */
function copy(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
