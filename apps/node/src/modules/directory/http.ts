import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { checkedLookup, isLoopbackAddress, isPublicAddress } from './addresses.ts';
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

/** A request to a peer; without a body, GET. */
export interface PeerRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request early: then it was `unreachable`. */
  readonly signal?: AbortSignal;
}

/** Ports below this one belong to mail, databases' consoles and the like, except HTTPS itself. */
const FIRST_FREE_PORT = 1024;

/**
 * Checks an address that came from the ledger, a peer, an app or a subscriber. Returns it parsed.
 * Throws `address-refused` unless it is `https:` to a public host, at port 443 or one above 1023, or `http:` to a loopback address where that is allowed.
 */
export function checkAddress(address: string, limits: Pick<PeerLimits, 'allowLoopback'>): URL {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '' || address.length > 2048) {
    throw new DirectoryError('address-refused', 'the address is not a plain URL');
  }
  const loopback = isLoopbackHost(url);
  if (loopback && limits.allowLoopback && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  const literal = literalOf(url);
  const port = url.port === '' ? 443 : Number(url.port);
  const refused =
    url.protocol !== 'https:' ||
    loopback ||
    (literal !== null && !isPublicAddress(literal)) ||
    (port !== 443 && port < FIRST_FREE_PORT);
  if (refused) {
    throw new DirectoryError(
      'address-refused',
      `the address ${url.origin} may not be asked: it is not https to a public host`,
    );
  }
  return url;
}

function literalOf({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? null : bare;
}

function isLoopbackHost(url: URL): boolean {
  const literal = literalOf(url);
  if (literal !== null) return isLoopbackAddress(literal);
  return url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
}

/** Connections are kept: a page after the other comes over the same. What they lead to was checked when they were made. */
const AGENTS = {
  'http:': { loopback: new HttpAgent({ keepAlive: true }), public: new HttpAgent({ keepAlive: true }) },
  'https:': { loopback: new HttpsAgent({ keepAlive: true }), public: new HttpsAgent({ keepAlive: true }) },
} as const;
const LOOPBACK_LOOKUP = checkedLookup(isLoopbackAddress);
const PUBLIC_LOOKUP = checkedLookup(isPublicAddress);

/**
 * Asks a peer once. Follows no redirect, waits no longer than the limit and reads no more than the limit. A name is resolved once, every address of it
 * is checked, and one of these is connected to. Throws `address-refused`, `unreachable`, `timeout` or `too-large`; an HTTP error status is an answer.
 */
export async function ask(address: string, limits: PeerLimits, request: PeerRequest = {}): Promise<PeerAnswer> {
  const url = checkAddress(address, limits);
  const late = AbortSignal.timeout(limits.timeoutMs);
  const signal = request.signal === undefined ? late : AbortSignal.any([late, request.signal]);
  try {
    const response = await send(url, request, signal, true);
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      bytes: await readBounded(response, limits.maxBytes, url.origin),
    };
  } catch (cause) {
    if (cause instanceof DirectoryError) throw cause;
    if (late.aborted) {
      throw new DirectoryError('timeout', `${url.origin} did not answer within ${limits.timeoutMs} ms`, { cause });
    }
    throw new DirectoryError('unreachable', `${url.origin} cannot be reached`, { cause });
  }
}

function send(
  url: URL,
  { method = 'GET', headers, body }: PeerRequest,
  signal: AbortSignal,
  again: boolean,
): Promise<IncomingMessage> {
  const loopback = isLoopbackHost(url);
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method,
      // Nothing is unpacked: a small answer stays a small answer.
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'anamnesis', ...headers },
      agent: AGENTS[protocol][loopback ? 'loopback' : 'public'],
      lookup: loopback ? LOOPBACK_LOOKUP : PUBLIC_LOOKUP,
      signal,
    });
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The other side closed a kept connection just then: nothing of the request was answered, and a new connection tells.
      if (again && request.reusedSocket && error.code === 'ECONNRESET') {
        send(url, { method, ...(headers && { headers }), ...(body !== undefined && { body }) }, signal, false).then(
          resolve,
          reject,
        );
      } else reject(error);
    });
    request.end(body);
  });
}

/** Reads a body up to a number of bytes, whatever its header says. */
async function readBounded(response: IncomingMessage, maxBytes: number, origin: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new DirectoryError('too-large', `${origin} answered with more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
