import { AnamnesisError, concat, fromUtf8, parseJson, stringifyJson } from '@anamnesis/protocol';
import { readAcknowledgement } from './acknowledgement.ts';
import type { Credentials } from './credentials.ts';
import { RequestError, requestErrorFrom } from './errors.ts';

/** One request to a node. `path` is relative to the node's address; `query` values that are undefined are left out. */
export interface RequestInput {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** JSON value, whose numbers keep the digits they were read with; text and bytes go as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** False for what everybody may ask, so that no token is sent. Default true. */
  readonly authenticated?: boolean;
}

/** A successful answer. `body()` parses losslessly: a FHIR decimal such as 1.50 keeps its digits. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  body(): unknown;
}

/** The line to one node: every verb takes one as its first argument. */
export interface Connection {
  /** The node's address without a trailing slash. */
  readonly baseUrl: string;
  request(input: RequestInput): Promise<Reply>;
  /** A request whose answer has no end, such as events. The time of the connection is for its beginning alone. */
  open(input: RequestInput): Promise<{ readonly stream: ReadableStream<Uint8Array<ArrayBuffer>> }>;
}

export interface ConnectionOptions {
  /** The node's address, such as `https://node.hospital.example`. */
  readonly baseUrl: string;
  readonly credentials?: Credentials | undefined;
  /** For tests and special transports; default the platform's fetch. */
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds that one request may take. Default 60,000. */
  readonly timeout?: number | undefined;
  /** Bytes that one answer may have, so that a lying node cannot exhaust the caller. Default 512 MiB. */
  readonly maximumAnswer?: number | undefined;
}

/**
 * Opens a line to a node. Requests throw RequestError: by status and body when the node answered with an error, `network` when it
 * did not answer in time or at all, `cancelled` when the caller's signal ended it, `malformed-answer` when the answer is not JSON.
 */
export function connect(options: ConnectionOptions): Connection {
  const baseUrl = checkedBaseUrl(options.baseUrl);
  const send = options.fetch ?? fetch;
  const timeout = options.timeout ?? 60_000;
  const maximum = options.maximumAnswer ?? 512 * 1024 * 1024;

  async function begin(input: RequestInput) {
    const method = input.method ?? 'GET';
    const url = new URL(baseUrl + input.path);
    for (const [name, value] of Object.entries(input.query ?? {})) {
      if (value !== undefined) url.searchParams.append(name, String(value));
    }
    const context = `${method} ${baseUrl}${input.path.split('?')[0]}`;
    const headers: Record<string, string> = { accept: 'application/fhir+json, application/json', ...input.headers };
    if (input.authenticated !== false && options.credentials) {
      const authorization = await options.credentials.authorization(input.signal);
      if (authorization !== undefined) headers.authorization = authorization;
    }
    const init: RequestInit = { method, headers, redirect: 'error' };
    if (input.body !== undefined) {
      headers['content-type'] ??= 'application/json';
      init.body = isRaw(input.body) ? input.body : stringifyJson(input.body);
    }
    return { url, init, context };
  }

  async function once(input: RequestInput): Promise<Reply> {
    const { url, init, context } = await begin(input);
    const clock = AbortSignal.timeout(timeout);
    init.signal = input.signal ? AbortSignal.any([clock, input.signal]) : clock;
    let response: Response;
    let bytes: Uint8Array;
    try {
      response = await send(url, init);
      bytes = await readBytes(response, maximum, context);
    } catch (cause) {
      if (cause instanceof AnamnesisError) throw cause;
      if (input.signal?.aborted) throw new RequestError('cancelled', `${context}: cancelled`, { cause });
      if (clock.aborted)
        throw new RequestError('network', `${context}: no answer within ${timeout / 1000} s`, { cause });
      throw new RequestError('network', `${context}: ${reasonOf(cause)}`, { cause });
    }
    if (!response.ok) throw requestErrorFrom(response.status, parseOrUndefined(bytes), context);
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      body() {
        try {
          return parse(bytes);
        } catch (cause) {
          throw new RequestError('malformed-answer', `${context}: the answer is not JSON`, {
            status: response.status,
            cause,
          });
        }
      },
    };
  }

  async function openOnce(input: RequestInput) {
    const { url, init, context } = await begin(input);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeout);
    init.signal = input.signal ? AbortSignal.any([late.signal, input.signal]) : late.signal;
    let response: Response;
    try {
      response = await send(url, init);
    } catch (cause) {
      if (input.signal?.aborted) throw new RequestError('cancelled', `${context}: cancelled`, { cause });
      throw new RequestError('network', `${context}: ${reasonOf(cause)}`, { cause });
    } finally {
      clearTimeout(timer);
    }
    if (!response.ok || response.body === null) {
      const bytes = await readBytes(response, maximum, context);
      throw requestErrorFrom(response.status, parseOrUndefined(bytes), context);
    }
    return { stream: response.body as ReadableStream<Uint8Array<ArrayBuffer>> };
  }

  /** A session may have ended between two requests: renewing once is right, trying for ever is not. */
  async function renewing<T>(input: RequestInput, attempt: (input: RequestInput) => Promise<T>): Promise<T> {
    try {
      return await attempt(input);
    } catch (error) {
      const renewable = input.authenticated !== false && options.credentials?.renew;
      if (!(error instanceof RequestError) || error.code !== 'unauthorized' || !renewable) throw error;
      await renewable(input.signal);
      return await attempt(input);
    }
  }

  return { baseUrl, request: (input) => renewing(input, once), open: (input) => renewing(input, openOnce) };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}

function checkedBaseUrl(value: string): string {
  let url: URL;
  try {
    url = new URL(value);
  } catch (cause) {
    throw new AnamnesisError('invalid-argument', `not a node address: ${value}`, { cause });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AnamnesisError('invalid-argument', `a node address begins with https:// or http://, not ${url.protocol}`);
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

async function readBytes(response: Response, maximum: number, context: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ? chunks(response.body) : []) {
    length += chunk.byteLength;
    if (length > maximum) throw new RequestError('malformed-answer', `${context}: the answer exceeds ${maximum} bytes`);
    parts.push(chunk);
  }
  return concat(...parts);
}

// Safari cannot iterate a ReadableStream itself.
async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

// A whole export is longer than what one request to a node may be.
function parse(bytes: Uint8Array): unknown {
  return parseJson(fromUtf8(bytes), { maxLength: Number.POSITIVE_INFINITY });
}

function parseOrUndefined(bytes: Uint8Array): unknown {
  try {
    return parse(bytes);
  } catch {
    return readAcknowledgement(new TextDecoder().decode(bytes)) ?? undefined;
  }
}

/** The innermost reason of a failed fetch: "fetch failed" alone helps nobody. */
function reasonOf(error: unknown): string {
  let at: unknown = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  if (at instanceof AggregateError && at.errors[0] instanceof Error) at = at.errors[0];
  if (!(at instanceof Error)) return 'no connection';
  const code = (at as Error & { code?: unknown }).code;
  return typeof code === 'string' && !at.message.includes(code) ? `${code} ${at.message}`.trim() : at.message;
}
