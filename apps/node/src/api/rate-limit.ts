import { createHash } from 'node:crypto';
import { tooManyRequests } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A bucket of tokens: what is left of it, and when that was. */
interface Bucket {
  left: number;
  at: number;
}

/** More clients than this are not told apart for long: the one that was quiet longest is forgotten, and begins anew with a full bucket. */
const MAX_CLIENTS = 10_000;
/** Seconds' worth of requests that may come at once. */
const BURST_SECONDS = 5;
/** What a wrong token costs its address: guessing ends soon. */
const WRONG_TOKEN = 20;

/** Token buckets by client, in memory: each process of a node counts for itself. */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #now: () => number;
  /** In the order in which they were used last. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param perSecond requests per second and client, in the long run; 0 for no limit. @param now milliseconds. */
  constructor(perSecond: number, now: () => number = Date.now) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Takes `cost` out of a client's bucket. @returns 0, or after how many seconds there is enough again; then nothing was taken. */
  take(client: string, cost = 1): number {
    const bucket = this.#bucketOf(client);
    if (bucket === null) return 0;
    if (bucket.left < cost) return Math.max(1, Math.ceil((cost - bucket.left) / this.#perSecond));
    bucket.left -= cost;
    return 0;
  }

  /** Takes `cost` whatever is left: the debt must be waited off. */
  charge(client: string, cost: number): void {
    const bucket = this.#bucketOf(client);
    if (bucket !== null) bucket.left = Math.max(bucket.left - cost, -cost);
  }

  #bucketOf(client: string): Bucket | null {
    if (this.#perSecond === 0) return null;
    const now = this.#now();
    const full = this.#perSecond * BURST_SECONDS;
    const known = this.#buckets.get(client);
    const bucket = known ?? { left: full, at: now };
    bucket.left = Math.min(full, bucket.left + (Math.max(0, now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > MAX_CLIENTS) {
      const [quietest] = this.#buckets.keys();
      if (quietest !== undefined) this.#buckets.delete(quietest);
    }
    return bucket;
  }
}

/**
 * Limits each client: whoever holds one token, or without a token whoever comes from one address. A wrong token is charged to its address, and an
 * address in debt is refused whatever tokens it brings, so that making up tokens does not help. Errors: 429 with `Retry-After`.
 */
export function limitRates(server: FastifyInstance, perSecond: number): void {
  if (perSecond === 0) return;
  const limiter = new RateLimiter(perSecond);
  server.addHook('onRequest', async (request, reply) => {
    const client = clientOf(request);
    const address = addressOf(request);
    const wait = (client === address ? 0 : limiter.take(address, 0)) || limiter.take(client);
    if (wait === 0) return;
    reply.header('retry-after', String(wait));
    throw tooManyRequests();
  });
  server.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode === 401) limiter.charge(addressOf(request), WRONG_TOKEN);
  });
}

/** The token itself is not kept. */
function clientOf(request: FastifyRequest): string {
  const { authorization } = request.headers;
  if (authorization === undefined) return addressOf(request);
  return createHash('sha256').update(authorization).digest('base64');
}

function addressOf(request: FastifyRequest): string {
  return `address ${request.ip}`;
}
