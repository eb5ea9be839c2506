/**
 * What somebody sees who watches the ledger, with nothing but its RPC and its files: every block, transaction and event, and all storage. And the search for what
 * should not be there.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Hex, keccak256, sha256 } from 'viem';

export interface SeenTransaction {
  readonly block: number;
  readonly hash: Hex;
  readonly from: Hex;
  readonly to: Hex | null;
  readonly input: Hex;
  readonly logs: readonly { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex }[];
}

/** Every transaction of every block, with its events. */
export async function watchChain(rpcUrl: string): Promise<SeenTransaction[]> {
  const call = async <T>(method: string, ...params: unknown[]): Promise<T> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const answer = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return ((await answer.json()) as { result: T }).result;
  };
  const seen: SeenTransaction[] = [];
  const height = Number(await call<Hex>('eth_blockNumber'));
  for (let block = 0; block <= height; block++) {
    const number = `0x${block.toString(16)}`;
    const { transactions } = await call<{ transactions: Omit<SeenTransaction, 'block' | 'logs'>[] }>(
      'eth_getBlockByNumber',
      number,
      true,
    );
    const receipts = await call<{ transactionHash: Hex; logs: SeenTransaction['logs'] }[]>(
      'eth_getBlockReceipts',
      number,
    );
    const logs = new Map(receipts.map((receipt) => [receipt.transactionHash, receipt.logs]));
    for (const { hash, from, to, input } of transactions)
      seen.push({ block, hash, from, to, input, logs: logs.get(hash) ?? [] });
  }
  return seen;
}

/** All storage, code, balances and blocks that the stopped ledger keeps in its folder, as text with hexadecimal numbers. */
export async function readState(folder: string): Promise<string> {
  const [newest] = (await readdir(folder))
    .filter((name) => name.startsWith('snapshot-') && name.endsWith('.bin'))
    .sort()
    .reverse();
  const content = await readFile(join(folder, newest ?? ''));
  return gunzipSync(content.subarray(content.indexOf(10) + 1)).toString('utf8');
}

/** Every hexadecimal number in a text as bytes, one after another with a gap between them. */
export function bytesIn(text: string): Buffer {
  const parts = [...text.matchAll(/(?:0x)?([0-9a-fA-F]{10,})/g)].flatMap(([, hex = '']) => [
    Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'),
    Buffer.from([0, 0, 0, 0, 0]),
  ]);
  return Buffer.concat(parts);
}

/** A value that must not be found, and everything that it could hide as. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** Fewer bytes than this are found anywhere by chance. */
const SHORTEST = 5;
/** Of a hash so many bytes are looked for: one that was cut short is found too. */
const OF_HASH = 12;

/** The forms in which a value could stand there: as text in several encodings, forwards and backwards, and by its unsalted hashes. */
export function formsOf(value: string): Map<string, Buffer> {
  const plain = Buffer.from(value);
  const forms = new Map<string, Buffer>();
  for (const [name, text] of [
    ['', value],
    ['lower ', value.toLowerCase()],
    ['upper ', value.toUpperCase()],
  ] as const) {
    const bytes = Buffer.from(text);
    forms.set(`${name}plain`, bytes);
    forms.set(`${name}reversed`, Buffer.from(bytes).reverse());
    forms.set(`${name}utf16le`, Buffer.from(text, 'utf16le'));
    forms.set(`${name}utf16be`, Buffer.from(text, 'utf16le').swap16());
    forms.set(`${name}hex`, Buffer.from(bytes.toString('hex')));
    forms.set(`${name}base64`, Buffer.from(bytes.toString('base64').replace(/=+$/, '')));
    forms.set(`${name}base64url`, Buffer.from(bytes.toString('base64url')));
    forms.set(`${name}sha256`, Buffer.from(sha256(bytes).slice(2), 'hex').subarray(0, OF_HASH));
    forms.set(`${name}keccak256`, Buffer.from(keccak256(bytes).slice(2), 'hex').subarray(0, OF_HASH));
    // An address is the last 20 bytes of a keccak256.
    forms.set(`${name}keccak256 end`, Buffer.from(keccak256(bytes).slice(2), 'hex').subarray(12, 12 + OF_HASH));
    for (const algorithm of ['sha1', 'md5', 'sha512', 'sha3-256']) {
      forms.set(`${name}${algorithm}`, createHash(algorithm).update(bytes).digest().subarray(0, OF_HASH));
    }
  }
  if (/^\d{5,15}$/.test(value)) {
    const number = BigInt(value).toString(16);
    forms.set('number', Buffer.from(number.length % 2 === 0 ? number : `0${number}`, 'hex'));
  }
  return new Map(
    [...forms].filter(([, bytes]) => bytes.length >= Math.min(SHORTEST, plain.length) && bytes.length >= SHORTEST),
  );
}

/** The canaries that are in some bytes, each with the form in which it was found. One pass, however many there are. */
export function findCanaries(haystack: Buffer, canaries: readonly Canary[]): string[] {
  const wanted = new Map<number, { name: string; form: string; bytes: Buffer }[]>();
  for (const { name, value } of canaries) {
    for (const [form, bytes] of formsOf(value)) {
      const key = bytes.readUIntBE(0, SHORTEST);
      wanted.set(key, [...(wanted.get(key) ?? []), { name, form, bytes }]);
    }
  }
  const found = new Set<string>();
  for (let at = 0; at + SHORTEST <= haystack.length; at++) {
    for (const { name, form, bytes } of wanted.get(haystack.readUIntBE(at, SHORTEST)) ?? []) {
      if (haystack.subarray(at, at + bytes.length).equals(bytes)) found.add(`${name} (${form})`);
    }
  }
  return [...found].sort();
}

/** The words of a transaction that are not words of every transaction: arguments, topics and event data of 32 bytes, small numbers left out. */
export function wordsOf({ input, logs }: SeenTransaction): Set<string> {
  const words = new Set<string>();
  const add = (hex: string): void => {
    for (let at = 0; at + 64 <= hex.length; at += 64) {
      const word = hex
        .slice(at, at + 64)
        .toLowerCase()
        .replace(/^0+|0+$/g, '');
      // Lengths, offsets, enumerations, ids of organisations, times of the day and the last byte of a signature (27 or 28) are the same for many.
      if (word.length > 8) words.add(word);
    }
  };
  add(input.slice(10));
  for (const { topics, data } of logs) {
    for (const topic of topics.slice(1)) add(topic.slice(2));
    add(data.slice(2));
  }
  return words;
}
