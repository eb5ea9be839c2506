import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  admit,
  type Call,
  chainPolicy,
  connectLedger,
  createSender,
  type EmbeddedLedger,
  type LedgerReader,
  openDeployment,
  type Sender,
  startEmbeddedLedger,
} from '@anamnesis/ledger';
import { encodeProfile, maskOf, type OrganizationProfile, profileHash, ROLES, type Role } from '@anamnesis/protocol';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createPublicClient, type Hex, http } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { inject } from 'vitest';
import { type Checkpoints, keptCovering, openCheckpoints } from '../modules/checkpoints/index.ts';
import type { ConsentContext } from '../modules/consent/index.ts';
import { type Directory, openDirectory, sqlOutboxStore } from '../modules/directory/index.ts';
import { ContentKeys, type Database, openDatabase } from '../storage/index.ts';

/** A real ledger with all contracts, for tests. Needs the global setup. */
export interface World {
  readonly ledger: EmbeddedLedger;
  readonly reader: LedgerReader;
  /** Sends a call from an account and waits for it. */
  send(account: PrivateKeyAccount, call: Call): Promise<void>;
  /** A new folder that is gone when the world ends. */
  folder(): Promise<string>;
  /** An empty database, from which those of nodes are copied. */
  readonly template: string;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'anamnesis-world-'));
  const ledger = await startEmbeddedLedger({ directory: join(root, 'ledger'), testing: true, log: () => {} });
  const { chainId, deployer, rpcUrl } = ledger;
  const policy = { ...chainPolicy('embedded'), pollMs: 20 };
  const client = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
  const options = { client, chainId, policy, account: deployer, firstNonce: 0 };
  const deployment = await openDeployment(join(root, 'deployment.json'), options);
  const reader = connectLedger({ rpcUrls: [rpcUrl], chainId, policy, deployment });
  return {
    ledger,
    reader,
    async send(account, call) {
      const nonce = await client.getTransactionCount({ address: account.address });
      const gas = (await client.estimateGas({ account: account.address, ...call })) * 2n;
      const fields = { type: 'legacy', chainId, nonce, gasPrice: 0n, gas, ...call } as const;
      const serializedTransaction = await account.signTransaction(fields);
      const hash = await client.sendRawTransaction({ serializedTransaction });
      await client.waitForTransactionReceipt({ hash, pollingInterval: 10 });
    },
    template: inject('pglite'),
    folder: () => mkdtemp(join(root, 'node-')),
    async stop() {
      await ledger.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** One organisation's node without its HTTP side. */
export interface TestNode {
  readonly id: number;
  readonly folder: string;
  readonly operator: PrivateKeyAccount;
  readonly key: JWK;
  readonly profile: OrganizationProfile;
  readonly profileUrl: string;
  readonly database: Database;
  readonly directory: Directory;
  readonly sender: Sender;
  readonly checkpoints: Checkpoints;
  readonly context: ConsentContext;
  /** Ends it; the folder stays. */
  stop(): Promise<void>;
}

/** Who an organisation is before it has a node. */
export interface Identity {
  readonly id: number;
  readonly operator: PrivateKeyAccount;
  readonly key: JWK;
  readonly profile: OrganizationProfile;
  readonly profileUrl: string;
}

/** Admits an organisation whose endpoints are under `origin`. */
export async function admitOrganization(
  world: World,
  id: number,
  name: string,
  origin: string,
  roles: readonly Role[] = ['provider'],
): Promise<Identity> {
  const operator = privateKeyToAccount(generatePrivateKey());
  const pair = await generateKeyPair('ES384', { extractable: true });
  const { x, y } = await exportJWK(pair.publicKey);
  const profile: OrganizationProfile = {
    anamnesis: 1,
    organization: { resourceType: 'Organization', name },
    endpoints: { fhir: `${origin}/fhir/R4`, token: `${origin}/auth/token`, api: `${origin}/api/v1` },
    jwks: { keys: [{ kty: 'EC', crv: 'P-384', x: x as string, y: y as string, kid: 'k1', alg: 'ES384', use: 'sig' }] },
  };
  const profileUrl = `${origin}/.well-known/anamnesis`;
  const admission = {
    roles: maskOf(ROLES, roles),
    jurisdiction: 826,
    operator: operator.address,
    operatorUntil: Math.floor(Date.now() / 1000) + 31_536_000,
    profileHash: profileHash(encodeProfile(profile)),
    profileUrl,
  };
  await world.send(world.ledger.deployer, admit(world.reader.deployment, admission));
  return { id, operator, key: { ...(await exportJWK(pair.privateKey)), kid: 'k1' }, profile, profileUrl };
}

export interface NodeOptions {
  readonly folder?: string;
  /** Already open, in place of one in the folder; it is closed with the node. */
  readonly database?: Database;
  readonly clock?: () => number;
  readonly maxLedgerAgeMs?: number;
  readonly sealEvery?: number;
  readonly sealAfterMs?: number;
}

/** Starts (again) the node of an organisation on its folder. */
export async function startNode(world: World, who: Identity, options: NodeOptions = {}): Promise<TestNode> {
  const folder = options.folder ?? (await world.folder());
  const { clock = Date.now, maxLedgerAgeMs = 60_000, sealEvery = 1_000, sealAfterMs = 3_600_000 } = options;
  const { reader } = world;
  const database =
    options.database ?? (await openDatabase({ directory: join(folder, 'database'), template: world.template }));
  let checkpoints: Checkpoints | null = null;
  const limits = { allowLoopback: true, timeoutMs: 2_000, maxBytes: 8 * 1024 * 1024 };
  const onChange = () => checkpoints?.check();
  const directory = await openDirectory({ database, reader, maxLedgerAgeMs, limits, clock, onChange });
  await directory.sync();
  const sender = createSender({ reader, account: who.operator, store: sqlOutboxStore(database) });
  const organization = who.id;
  checkpoints = openCheckpoints({
    ...{ database, directory, sender, deployment: reader.deployment, organization },
    ...{ sealEvery, sealAfterMs },
  });
  const context: ConsentContext = {
    database,
    clock,
    reader,
    keys: new ContentKeys(new Uint8Array(32).fill(who.id)),
    ledger: { chainId: reader.chainId, checkpoints: reader.deployment.checkpoints, organization },
    covering: (q, log, index) => keptCovering(q, organization, log, index),
    wakeSender: () => sender.wake(),
    isLedgerStale: () => directory.isStale(),
  };
  return {
    ...who,
    folder,
    database,
    directory,
    sender,
    checkpoints,
    context,
    async stop() {
      await checkpoints.stop();
      await sender.stop();
      await directory.stop();
      await database.close();
    },
  };
}

/** A random salt or nonce. */
export function random32(): Hex {
  return generatePrivateKey();
}
