import { stringifyJson } from '@anamnesis/protocol';
import { openApi, type ServedRoute, smartPages } from '../api/index.ts';
import { keysPath, type NodeConfig, nodeConfig, openNodeKeys } from '../config/index.ts';
import { type AccountsContext, openAccounts } from '../modules/accounts/index.ts';
import { type Checkpoints, openTransparency } from '../modules/checkpoints/index.ts';
import { type ClientRole, ensureClient, newSecret } from '../modules/consent/index.ts';
import { sqlOutboxStore } from '../modules/directory/index.ts';
import type { ExchangeContext } from '../modules/exchange/index.ts';
import { openLibrary } from '../modules/library/index.ts';
import { openHandover, openKeyring } from '../modules/operator/index.ts';
import { openCourier } from '../modules/requests/index.ts';
import { openSmart } from '../modules/smart/index.ts';
import type { TestDatabase } from './databases.ts';
import { type Identity, startNode, type World } from './world.ts';

/** An organisation's node with its HTTP interface, over a database of the test's choice. */
export interface HttpNode {
  readonly url: string;
  readonly routes: readonly ServedRoute[];
  readonly context: ExchangeContext;
  readonly accounts: AccountsContext;
  readonly checkpoints: Checkpoints;
  readonly tokens: Readonly<Record<ClientRole, string>>;
  /** Sends a request to the FHIR interface. `body`: text or bytes as they are, anything else as JSON. `token` null: without one. */
  send(method: string, path: string, request?: HttpRequest): Promise<HttpAnswer>;
  stop(): Promise<void>;
}

export interface HttpRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
}

/** An answer, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Uint8Array;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

const ROLES: readonly ClientRole[] = ['clinician', 'registrar', 'integrator', 'operator', 'auditor'];

/** Starts a node that listens, with a token for each role. Nothing in it is pretended. */
export async function startHttpNode(
  world: World,
  who: Identity,
  own: TestDatabase,
  settings: Partial<NodeConfig> = {},
): Promise<HttpNode> {
  const node = await startNode(world, who, { database: own.database });
  await node.checkpoints.ready();
  const { reader } = world;
  const config = nodeConfig({
    organization: who.id,
    name: who.profile.organization.name,
    country: 'GB',
    port: 0,
    publicUrl: 'https://aldhelm.example',
    directory: node.folder,
    rpcUrls: [world.ledger.rpcUrl],
    deployment: reader.deployment,
    rateLimit: 0,
    ...settings,
  });
  const context: ExchangeContext = {
    ...node.context,
    directory: node.directory,
    limits: { allowLoopback: true, timeoutMs: 2_000, maxBytes: 8 * 1024 * 1024 },
    base: `${config.publicUrl}/fhir/R4`,
    conditionalDelete: config.conditionalDelete,
    tokenUrl: `${config.publicUrl}/auth/token`,
    profileUrl: who.profileUrl,
    signingKey: who.key,
  };
  const keys = await openNodeKeys(keysPath(config));
  const smart = await openSmart(context, config, keys, smartPages);
  const accounts = openAccounts(smart, keys);
  const logSigner = { name: 'aldhelm.example', privateKey: new Uint8Array(32).fill(1) };
  const transparency = openTransparency({
    ...{ database: own.database, directory: node.directory, checkpoints: node.checkpoints, ledger: context.ledger },
    ...{
      operator: () => who.operator,
      note: logSigner,
      clock: Date.now,
      limits: context.limits,
      everyMs: 0,
      patience: 300,
    },
    isLedgerStale: () => node.directory.isStale(),
    wakeSender: () => node.sender.wake(),
  });
  const courier = openCourier(context);
  const handover = openHandover({
    ...{ database: own.database, log: context, reader, keyring: openKeyring(keysPath(config), keys) },
    ...{ store: sqlOutboxStore(own.database), sender: node.sender, clock: Date.now },
  });
  const api = await openApi({
    config,
    context,
    handover,
    library: openLibrary(config.fhirPackages),
    smart,
    accounts,
    courier,
    intake: config.intake && {
      ...context,
      intake: config.intake,
      requireIntact: () => node.checkpoints.requireIntact(),
    },
    directory: node.directory,
    checkpoints: node.checkpoints,
    transparency,
    sender: node.sender,
    profile: new Uint8Array(0),
    logSigner,
  });
  const tokens = {} as Record<ClientRole, string>;
  for (const role of ROLES) {
    tokens[role] = newSecret('client');
    const client = { name: `${role} ${tokens[role].slice(-6)}`, actor: `Practitioner/${role}`, role };
    await ensureClient(own.database, client, { now: Date.now(), token: tokens[role] });
  }
  return {
    url: api.url,
    routes: api.routes,
    context,
    accounts,
    checkpoints: node.checkpoints,
    tokens,
    async send(method, path, { body, headers = {}, token = tokens.clinician } = {}) {
      const raw = typeof body === 'string' || body instanceof Uint8Array;
      const answer = await fetch(`${api.url}/fhir/R4${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && !raw && { 'content-type': 'application/fhir+json' }),
          ...headers,
        },
        ...(body !== undefined && { body: raw ? (body as string | Uint8Array<ArrayBuffer>) : stringifyJson(body) }),
      });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const text = new TextDecoder().decode(bytes);
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        bytes,
        get json() {
          return JSON.parse(text);
        },
      };
    },
    async stop() {
      await api.close();
      await courier.stop();
      await handover.stop();
      await node.stop();
    },
  };
}
