import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generateHpkeKeyPair, newNoteKey } from '@anamnesis/crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';

/** The secrets of an organisation. They stay in its folder, readable by its user alone, and never pass into a log or an answer. */
export interface NodeKeys {
  /** secp256k1 key that posts checkpoints; its address is the operator in the Directory. */
  readonly operator: Hex;
  /** To which the organisation is being handed over: it is here before the ledger hears of it, so that a crash loses nothing. */
  readonly nextOperator?: Hex;
  /** The one before, until what it signed is settled. */
  readonly formerOperator?: Hex;
  /** ES384 key that signs client assertions. */
  readonly signing: JWK;
  /** X25519 key for sealed answers. */
  readonly hpke: { readonly publicKey: string; readonly privateKey: string };
  /** Ed25519 key that signs checkpoints as notes, base64url. */
  readonly log: string;
  /** Wraps the content keys; 32 bytes, base64url. */
  readonly master: string;
  /** RS256 key that signs id tokens: the algorithm that every OpenID Connect client knows. */
  readonly idToken: JWK;
}

/**
 * The keys in a file (a kind that an older file lacks is added), or new ones, which are then written there (mode 0600, whole or not at all).
 *
 * @throws AnamnesisError `keys-unreadable` when there is a file and it holds no keys: it is never overwritten.
 */
export async function openNodeKeys(path: string): Promise<NodeKeys> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return write(path, await newNodeKeys());
  }
  const keys = readKeys(text);
  if (keys !== null) return keys.idToken?.d ? keys : write(path, { ...keys, idToken: await newIdTokenKey() });
  throw new AnamnesisError('keys-unreadable', `The key file ${path} holds no keys of a node`);
}

/**
 * Puts changed keys into the file: whole or not at all, and to stay.
 *
 * @throws AnamnesisError `keys-unwritable`; then the file is as it was.
 */
export async function saveNodeKeys(path: string, keys: NodeKeys): Promise<void> {
  try {
    await write(path, keys);
  } catch (cause) {
    const message =
      'The key file of the node cannot be written. Where keys come from outside, they have to be changed there (SECURITY.md, "The operator’s key").';
    throw new AnamnesisError('keys-unwritable', message, { cause });
  }
}

async function write(path: string, keys: NodeKeys): Promise<NodeKeys> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
  // A name is on disk when its folder is.
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
  return keys;
}

function readKeys(text: string): NodeKeys | null {
  try {
    const keys = JSON.parse(text) as NodeKeys;
    const operators = [keys.operator, keys.nextOperator ?? keys.operator, keys.formerOperator ?? keys.operator];
    const isKey = (key: unknown): boolean => typeof key === 'string' && /^0x[0-9a-f]{64}$/i.test(key);
    if (operators.every(isKey) && keys.signing.d && keys.hpke.privateKey && keys.log && keys.master) return keys;
  } catch {
    // Said by the caller, without the parser's message, which may quote the file.
  }
  return null;
}

async function newIdTokenKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex'), alg: 'RS256', use: 'sig' };
}

async function newNodeKeys(): Promise<NodeKeys> {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true });
  const hpke = await generateHpkeKeyPair();
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  return {
    operator: generatePrivateKey(),
    signing: { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex'), alg: 'ES384', use: 'sig' },
    hpke: { publicKey: text(hpke.publicKey), privateKey: text(hpke.privateKey) },
    log: text(newNoteKey()),
    master: text(randomBytes(32)),
    idToken: await newIdTokenKey(),
  };
}
