import { DirectoryError } from './errors.ts';

/** How a node talks to others: what they may cost it. */
export interface PeerLimits {
  /** Whether `http:` to a loopback address is allowed (several nodes on one machine). Everything else is `https:`. */
  readonly allowLoopback: boolean;
  /** Longest time for one request with its whole answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest answer to one request, in bytes. */
  readonly maxBytes: number;
}

/** Fits a profile, a token and a page of a hundred records, with room. */
export const DEFAULT_LIMITS: PeerLimits = { allowLoopback: false, timeoutMs: 15_000, maxBytes: 32 * 1024 * 1024 };

/** What a peer answered. */
export interface PeerAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** Literal addresses that are never another organisation: a peer must not make us ask our own network (server-side request forgery). */
const PRIVATE =
  /^(0\.|10\.|127\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|\[(::|f[cd]|fe[89ab]|::ffff:))/;

/**
 * Checks an address that came from the ledger or from a peer. Returns it parsed.
 * Throws `address-refused` unless it is `https:` to a public name, or `http:` to a loopback address where that is allowed.
 */
export function checkAddress(address: string, limits: Pick<PeerLimits, 'allowLoopback'>): URL {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '' || address.length > 2048) {
    throw new DirectoryError('address-refused', 'the address is not a plain URL');
  }
  const loopback = LOOPBACK.test(url.hostname) || url.hostname.endsWith('.localhost');
  if (loopback && limits.allowLoopback && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  if (url.protocol !== 'https:' || loopback || PRIVATE.test(url.hostname)) {
    throw new DirectoryError(
      'address-refused',
      `the address ${url.origin} may not be asked: it is not https to a public host`,
    );
  }
  return url;
}

/**
 * Asks a peer once. Follows no redirect, waits no longer than the limit and reads no more than the limit.
 * Throws `address-refused`, `unreachable`, `timeout` or `too-large`; an HTTP error status is an answer.
 */
export async function ask(
  address: string,
  limits: PeerLimits,
  request: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string } = {},
): Promise<PeerAnswer> {
  const url = checkAddress(address, limits);
  const signal = AbortSignal.timeout(limits.timeoutMs);
  try {
    const response = await fetch(url, {
      method: request.method ?? 'GET',
      headers: request.headers ?? {},
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal,
    });
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      bytes: await readBounded(response, limits.maxBytes, url.origin),
    };
  } catch (cause) {
    if (cause instanceof DirectoryError) throw cause;
    if (signal.aborted) {
      throw new DirectoryError('timeout', `${url.origin} did not answer within ${limits.timeoutMs} ms`, { cause });
    }
    throw new DirectoryError('unreachable', `${url.origin} cannot be reached`, { cause });
  }
}

/** Reads a body up to a number of bytes, whatever its header says. */
async function readBounded(response: Response, maxBytes: number, origin: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new DirectoryError('too-large', `${origin} answered with more than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  }
  return Buffer.concat(chunks, size);
}
