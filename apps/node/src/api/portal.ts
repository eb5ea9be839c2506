import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { notFound } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { listOrganizations } from '../modules/directory/index.ts';
import type { ApiContext } from './context.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
};
/** Addresses of the node's own interfaces: what is not there is not a page. */
const NOT_PAGES = /^\/(?:fhir|api|oauth|auth|\.well-known|assets|livez|readyz|metrics|log)(?:[/?]|$)/;
/** The word in `index.html` (apps/portal/vite.config.ts) in whose place a page's nonce stands. */
const NONCE = /__NONCE__/g;
/** How long the list of peers' addresses in the policy may be old, in milliseconds. */
const PEERS_KEPT = 10_000;

/** A file, and its packed forms that the build put beside it. */
interface Packed {
  readonly plain: Buffer;
  readonly br: Buffer | null;
  readonly gzip: Buffer | null;
}

/**
 * The portal's files (`config.portal`, made by `vite build`): whatever an interface does not answer. An address that no file has is a page of the
 * application, told apart by its own router, when a browser asks for a page; anything else is 404 as before.
 */
export function portalRoutes(server: FastifyInstance, api: ApiContext): void {
  const folder = api.config.portal;
  if (folder === undefined) return;
  const packed = new Map<string, Promise<Packed>>();
  const sources = connectSources(api);

  server.get('/assets/*', async (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    const path = within(folder, join('assets', name));
    let found = packed.get(path);
    if (found === undefined) {
      found = readPacked(path);
      packed.set(path, found);
      found.catch(() => packed.delete(path));
    }
    // The name holds the hash of the contents: they never change.
    reply.header('cache-control', 'public, max-age=31536000, immutable').header('vary', 'Accept-Encoding');
    return sendPacked(request, reply, extname(path), await found);
  });

  server.get('/icon.svg', async (request, reply) =>
    sendPacked(
      request,
      reply.header('cache-control', 'public, max-age=86400'),
      '.svg',
      await readPacked(join(folder, 'icon.svg')),
    ),
  );

  server.get('/*', async (request, reply) => {
    if (NOT_PAGES.test(request.url) || !(request.headers.accept ?? '').includes('text/html')) throw notFound();
    const nonce = randomBytes(16).toString('base64');
    const page = (await readFile(join(folder, 'index.html'), 'utf8')).replace(NONCE, nonce);
    return reply
      .headers(pageHeaders(nonce, await sources()))
      .type(TYPES['.html'] as string)
      .send(Buffer.from(page, 'utf8'));
  });
}

/**
 * What a page may do: scripts are files of this node and nothing else; styles too, and those that components add with the page's nonce; it talks to
 * this node, to the consortium's nodes and to the ledger; nobody frames it; no address leaves it as a referrer.
 */
function pageHeaders(nonce: string, connect: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' blob:",
    ["connect-src 'self'", ...connect].join(' '),
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy':
      'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), microphone=(), geolocation=(), payment=(), usb=()',
  };
}

/** The ledger as browsers reach it, and the nodes of the Directory: a patient's page trusts none of them, so it asks them all. */
function connectSources({ config, context }: ApiContext): () => Promise<readonly string[]> {
  const own = new URL(config.publicUrl).origin;
  let known: { readonly at: number; readonly origins: readonly string[] } | null = null;
  return async () => {
    const at = context.clock();
    if (known === null || at - known.at > PEERS_KEPT) {
      const peers = (await listOrganizations(context.database)).filter(({ active }) => active);
      const addresses = [...config.publicRpcUrls, ...peers.map(({ profileUrl }) => profileUrl)];
      const all = new Set(addresses.flatMap((address) => originOf(address)));
      all.delete(own);
      known = { at, origins: [...all] };
    }
    return known.origins;
  };
}

/** The origin of an address of the web; of anything else nothing. Its letters are safe in a policy. */
function originOf(address: string): string[] {
  const url = URL.parse(address);
  return url !== null && /^https?:$/.test(url.protocol) ? [url.origin] : [];
}

function within(folder: string, name: string): string {
  const path = resolve(folder, name);
  if (!path.startsWith(resolve(folder, 'assets') + sep)) throw notFound();
  return path;
}

async function readPacked(path: string): Promise<Packed> {
  const [plain, br, gzip] = await Promise.all(
    ['', '.br', '.gz'].map((form) => readFile(path + form).catch(() => null)),
  );
  if (!plain) throw notFound();
  return { plain, br: br ?? null, gzip: gzip ?? null };
}

function sendPacked(request: FastifyRequest, reply: FastifyReply, extension: string, file: Packed): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  reply.type(TYPES[extension] ?? 'application/octet-stream');
  for (const coding of ['br', 'gzip'] as const) {
    const bytes = file[coding];
    if (bytes !== null && new RegExp(`\\b${coding}\\b`).test(accepted)) {
      return reply.header('content-encoding', coding).send(bytes);
    }
  }
  return reply.send(file.plain);
}
