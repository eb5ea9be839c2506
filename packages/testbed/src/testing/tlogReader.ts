/**
 * A reader of transparency logs written from the specifications alone (https://c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature and tlog-tiles, RFC 6962),
 * with Node's own cryptography and none of this project's code: what it accepts, tools made elsewhere accept.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';

const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** An Ed25519 key as `name+id+base64`, of type 1 (log) or 4 (witness). */
export interface TlogKey {
  readonly name: string;
  readonly type: 1 | 4;
  readonly raw: Buffer;
}

export function tlogKey(vkey: string, name?: string, type: 1 | 4 = 1): TlogKey {
  const [given = '', id = '', ...rest] = vkey.split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  if (bytes[0] !== 1 || bytes.length !== 33) throw new Error('not an Ed25519 verifier key');
  if (keyId({ name: given, type: 1, raw: bytes.subarray(1) }).toString('hex') !== id) throw new Error('another key id');
  return { name: name ?? given, type, raw: bytes.subarray(1) };
}

function keyId({ name, type, raw }: TlogKey): Buffer {
  return sha256(name, '\n', Uint8Array.of(type), raw).subarray(0, 4);
}

function ed25519(raw: Buffer, message: string, signature: Buffer): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  return verify(null, Buffer.from(message), createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}

/** A checkpoint note, its log's signature verified. */
export interface TlogCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** Seconds since 1970 at which a witness cosigned it; undefined when it did not. */
  cosigned(witness: TlogKey): number | undefined;
}

export function openCheckpoint(note: string, log: TlogKey): TlogCheckpoint {
  const at = note.lastIndexOf('\n\n');
  const text = note.slice(0, at + 1);
  const lines = note
    .slice(at + 2)
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const match = /^— (\S+) (\S+)$/.exec(line);
      if (match === null) throw new Error('not a signature line');
      const bytes = Buffer.from(match[2] ?? '', 'base64');
      return { name: match[1], id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
    });
  const of = (key: TlogKey) => lines.filter(({ name, id }) => name === key.name && id.equals(keyId(key)));
  if (!of(log).some(({ signature }) => ed25519(log.raw, text, signature))) throw new Error('not signed by the log');
  const [origin = '', size = '', root = ''] = text.split('\n');
  if (!/^(0|[1-9]\d*)$/.test(size)) throw new Error('not a size');
  return {
    origin,
    size: Number(size),
    root: Buffer.from(root, 'base64'),
    cosigned: (witness) =>
      of(witness)
        .map(({ signature }) => ({ time: Number(signature.readBigUInt64BE(0)), signature: signature.subarray(8) }))
        .find(({ time, signature }) => ed25519(witness.raw, `cosignature/v1\ntime ${time}\n${text}`, signature))?.time,
  };
}

function nested(index: number): string {
  const last = String(index % 1000).padStart(3, '0');
  return index < 1000 ? last : `${nested(Math.floor(index / 1000)).replace(/(\d{3})$/, 'x$1')}/${last}`;
}

async function get(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
  if (!/immutable/.test(answer.headers.get('cache-control') ?? '')) throw new Error('a tile that is not for keeping');
  return Buffer.from(await answer.arrayBuffer());
}

const path = (prefix: string, level: number | 'entries', index: number, width: number): string =>
  `${prefix}/tile/${level}/${nested(index)}${width === 256 ? '' : `.p/${width}`}`;

/** The root of hashes in a row, by the definition of RFC 6962 section 2.1. */
export function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? sha256('');
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

/**
 * Reads all of a log by its tiles up to a checkpoint: every entry hashes to its place in the tiles of level 0, every tile above is what those beneath
 * it hash to, and all of it is the checkpoint's root. Returns the entries.
 */
export async function readLog(prefix: string, checkpoint: TlogCheckpoint): Promise<Buffer[]> {
  const entries: Buffer[] = [];
  let below: Buffer[] = [];
  for (let level = 0, count = checkpoint.size; count > 0; level++, count = Math.floor(count / 256)) {
    const hashes: Buffer[] = [];
    for (let index = 0; index * 256 < count; index++) {
      const width = Math.min(256, count - index * 256);
      const tile = await get(path(prefix, level, index, width));
      if (tile.length !== width * 32) throw new Error('a tile of another width');
      for (let at = 0; at < tile.length; at += 32) hashes.push(tile.subarray(at, at + 32));
      if (level > 0) continue;
      const bundle = await get(path(prefix, 'entries', index, width));
      for (let at = 0; at < bundle.length; ) {
        const length = bundle.readUInt16BE(at);
        const entry = bundle.subarray(at + 2, at + 2 + length);
        if (!sha256(Uint8Array.of(0), entry).equals(hashes[entries.length] ?? sha256('')))
          throw new Error('another entry');
        entries.push(entry);
        at += 2 + length;
      }
    }
    const higher = level > 0 ? hashes.map((_, at) => treeHash(below.slice(at * 256, at * 256 + 256))) : hashes;
    if (!hashes.every((hash, at) => hash.equals(higher[at] ?? sha256(''))))
      throw new Error('a tile that is not of those beneath');
    if (level === 0) {
      if (!treeHash(hashes).equals(checkpoint.root)) throw new Error('another root');
    }
    below = hashes;
  }
  if (entries.length !== checkpoint.size) throw new Error('entries are missing');
  return entries;
}
