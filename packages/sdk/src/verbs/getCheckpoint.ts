import { fromUtf8, type Log } from '@anamnesis/protocol';
import { type Hex, hexToBytes, isHex } from 'viem';
import type { Connection } from '../client/connection.ts';
import { RequestError } from '../client/errors.ts';
import { API_BASE } from './base.ts';

/** No checkpoint note is longer, in bytes: a hundred witnesses fit. */
const MAX_NOTE = 64 * 1024;

/**
 * The newest signed checkpoint of a log as a C2SP note (public), with the cosignatures of other organisations; null when the node shows none. Nothing is
 * verified here.
 */
export async function getCheckpoint(
  connection: Connection,
  log: Log,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<string | null> {
  return getNote(connection, `${API_BASE}/tlog/${log}/checkpoint`, options);
}

/** What a node, as a witness, last saw of another organisation's log: the signed checkpoint with its own cosignature; null when nothing. */
export async function getWitnessed(
  connection: Connection,
  { organization, log }: { readonly organization: number; readonly log: Log },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<string | null> {
  return getNote(connection, `${API_BASE}/witness/${organization}/${log}`, options);
}

/** The proof that one size of a log begins with another (RFC 6962 section 2.1.2); null for what is no proof. */
export async function getConsistency(
  connection: Connection,
  log: Log,
  { from, to }: { readonly from: number; readonly to: number },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array[] | null> {
  const path = `${API_BASE}/logs/${log}/consistency`;
  const reply = await connection.request({ path, query: { from, to }, authenticated: false, ...options });
  const hashes = (reply.body() as { path?: unknown }).path;
  if (!Array.isArray(hashes) || hashes.length > 128 || !hashes.every((hash) => isHex(hash) && hash.length === 66)) {
    return null;
  }
  return (hashes as Hex[]).map((hash) => hexToBytes(hash));
}

async function getNote(
  connection: Connection,
  path: string,
  options: { signal?: AbortSignal | undefined },
): Promise<string | null> {
  try {
    const headers = { accept: 'text/plain' };
    const { bytes } = await connection.request({ path, headers, authenticated: false, ...options });
    return bytes.length > MAX_NOTE ? null : fromUtf8(bytes);
  } catch (error) {
    if (error instanceof RequestError && error.code === 'not-found') return null;
    throw error;
  }
}
