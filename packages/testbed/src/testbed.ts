import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chainPolicy, connectLedger, type Deployment, openDeployment, startEmbeddedLedger } from '@anamnesis/ledger';
import {
  type ClientRole,
  ensureClient,
  type IntakeSettings,
  newSecret,
  nodeConfig,
  openDatabase,
  type RunningNode,
  startNode,
} from '@anamnesis/node';
import { castPatientId, PROFESSIONALS, ST_ALDHELM } from '@anamnesis/population';
import { buildPortal } from '@anamnesis/portal/build';
import { AnamnesisError } from '@anamnesis/protocol';
import { createPublicClient, http } from 'viem';
import { admitMembers, type Seat } from './admit.ts';
import { openDemoAccounts } from './demo/accounts.ts';
import { demoUsersOf, staffOf } from './demo/people.ts';
import { MEMBERS, type Member } from './organizations.ts';
import { freePort } from './ports.ts';
import { openSecrets } from './secrets.ts';
import { settlePopulation } from './settle.ts';
import { tamper } from './tamper.ts';

export interface TestbedOptions {
  /** Everything is kept here; started again on it, the consortium goes on where it was. */
  readonly directory: string;
  /** Of 127.0.0.1; `nodes` is that of the first, the others follow. 0 takes free ones. Default 0. */
  readonly ports?: { readonly ledger: number; readonly nodes: number };
  /** Patients besides the named cast. Default 0. */
  readonly population?: number;
  /** Keys of the organisations whose nodes are started; all are admitted. Default: every one. */
  readonly organizations?: readonly string[];
  /** Whether the nodes serve the portal; it is built when its sources are newer. Default false. */
  readonly portal?: boolean;
  readonly log?: (message: string) => void;
  /** What takes HL7 v2 and C-CDA in, by key of the organisation. Default: nothing. */
  readonly intake?: Readonly<Record<string, IntakeSettings>>;
  /** A checkpoint is posted at the latest so many milliseconds after a write. Default 1,000. */
  readonly sealAfterMs?: number;
  /** Nothing is released on a view of the ledger older than this, in milliseconds. Default that of a node. */
  readonly maxLedgerAgeMs?: number;
  /** Seconds between the start of a recovery and its end. Default that of a node. */
  readonly recoveryDelay?: number;
  /** How often nodes look at each other's logs, in milliseconds; 0: only when told. Default that of a node. */
  readonly watchEveryMs?: number;
  /** A closed data directory of PGlite, empty, from which a new folder's nodes copy theirs. Default: one is made, which takes seconds. */
  readonly databaseTemplate?: string;
  /** Keys of organisations whose nodes cannot reach the ledger in this run. */
  readonly ledgerDownFor?: readonly string[];
}

/** A node of the testbed. */
export interface TestbedNode {
  readonly url: string;
  readonly organization: number;
  readonly name: string;
  /** Bearer tokens of staff by role. */
  readonly tokens: Readonly<Partial<Record<ClientRole, string>>>;
  readonly running: RunningNode;
}

export interface Testbed {
  readonly ledger: {
    readonly rpcUrl: string;
    readonly deployment: Deployment;
    /** Takes the ledger away; the nodes go on. */
    stop(): Promise<void>;
    /** Brings it back where it was. */
    start(): Promise<void>;
  };
  readonly nodes: Readonly<Record<string, TestbedNode>>;
  readonly cast: {
    readonly maria: { readonly name: string; readonly patient: string; readonly seed: Uint8Array };
    readonly silva: { readonly name: string; readonly practitioner: string };
  };
  /** Changes a stored record behind the node's back, as somebody with access to its database and keys could. */
  tamper(node: string, reference: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts ledger, contracts, nodes and cast. What a folder holds is kept; a kill at any moment loses nothing acknowledged.
 *
 * Errors: `port-taken`, those of `startEmbeddedLedger` and `startNode`.
 */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const { ports = { ledger: 0, nodes: 0 }, population = 0, log = () => {}, sealAfterMs = 1_000 } = options;
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    while (stops.length > 0) await stops.pop()?.();
  };
  try {
    const portal = options.portal ? await buildPortal(log) : undefined;
    log('starting the ledger');
    const folder = join(directory, 'ledger');
    const members: { member: Member; port: number; publicUrl: string }[] = [];
    for (const [at, member] of MEMBERS.entries()) {
      const port = ports.nodes === 0 ? await freePort() : ports.nodes + at;
      // By name, since passkeys are bound to names and never to addresses.
      members.push({ member, port, publicUrl: `http://localhost:${port}` });
    }
    // The portals' verifiers ask the ledger from the browser.
    const allowOrigins = members.flatMap(({ port, publicUrl }) => [publicUrl, `http://127.0.0.1:${port}`]);
    let ledger = await startEmbeddedLedger({ directory: folder, port: ports.ledger, allowOrigins, log });
    stops.push(() => ledger.stop());
    const { chainId, deployer, rpcUrl } = ledger;
    const policy = chainPolicy('embedded');
    const client = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
    const deploying = { client, chainId, policy, account: deployer, firstNonce: 0 };
    const deployment = await openDeployment(join(directory, 'ledger', 'deployment.json'), deploying);
    const reader = connectLedger({ rpcUrls: [rpcUrl], chainId, policy, deployment });

    log('preparing a database');
    const databaseTemplate = options.databaseTemplate ?? (await openTemplate(directory));
    const seats: Seat[] = [];
    for (const [at, { member, port, publicUrl }] of members.entries()) {
      const { name, country, key } = member;
      const config = nodeConfig({
        ...{ organization: at + 1, name, country, port, publicUrl },
        ...{
          directory: join(directory, 'nodes', key),
          rpcUrls: [options.ledgerDownFor?.includes(key) ? 'http://127.0.0.1:1' : rpcUrl],
          deployment,
          policy,
          sealAfterMs,
          databaseTemplate,
          portal,
          demoUsers: demoUsersOf(member),
          intake: options.intake?.[key],
          ...(options.watchEveryMs !== undefined && { watchEveryMs: options.watchEveryMs }),
          ...(options.recoveryDelay !== undefined && { recoveryDelay: options.recoveryDelay }),
          ...(options.maxLedgerAgeMs !== undefined && { maxLedgerAgeMs: options.maxLedgerAgeMs }),
        },
      });
      seats.push({ member, config });
    }
    log('admitting organisations');
    await admitMembers(directory, reader, deployer, seats);
    const secrets = await openSecrets(directory, newTokens);

    const running: Record<string, RunningNode> = {};
    const nodes: Record<string, TestbedNode> = {};
    for (const { member, config } of seats) {
      if (options.organizations && !options.organizations.includes(member.key)) continue;
      log(`starting ${member.name}`);
      const node = await startNode(config);
      stops.push(() => node.stop());
      const tokens = secrets.tokens[member.key] ?? {};
      await registerStaff(node, member, tokens);
      running[member.key] = node;
      nodes[member.key] = {
        url: config.publicUrl,
        organization: config.organization,
        name: member.name,
        tokens,
        running: node,
      };
    }
    log('settling the population');
    await settlePopulation(directory, running, secrets, population, log);
    await openDemoAccounts(seats, running, secrets);
    const silva = PROFESSIONALS.silva;
    return {
      ledger: {
        rpcUrl,
        deployment,
        stop: () => ledger.stop(),
        async start() {
          ledger = await startEmbeddedLedger({
            directory: folder,
            port: Number(new URL(rpcUrl).port),
            allowOrigins,
            log,
          });
        },
      },
      nodes,
      cast: {
        maria: { name: 'Maria Hale', patient: castPatientId('maria', ST_ALDHELM.key), seed: secrets.seeds.maria },
        silva: { name: silva.name, practitioner: `Practitioner/${silva.id}` },
      },
      async tamper(key, reference) {
        const node = running[key];
        if (node === undefined) throw new AnamnesisError('testbed-incomplete', `There is no node of ${key}`);
        await tamper(node, reference);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An empty database with the schema of this version, from which each node's is copied. Only a new folder needs one. */
async function openTemplate(directory: string): Promise<string | undefined> {
  if (existsSync(join(directory, 'nodes'))) return undefined;
  const template = join(directory, 'template');
  await rm(template, { recursive: true, force: true });
  await (await openDatabase({ directory: template })).close();
  return template;
}

async function registerStaff(node: RunningNode, member: Member, tokens: TestbedNode['tokens']): Promise<void> {
  for (const { role, name, actor } of staffOf(member)) {
    const token = tokens[role];
    if (token === undefined) continue;
    await ensureClient(node.context.database, { role, name, actor }, { now: Date.now(), token });
  }
}

function newTokens(): Record<string, Record<ClientRole, string>> {
  const token = (): string => newSecret('client');
  return Object.fromEntries(
    MEMBERS.map(({ key }) => [
      key,
      { clinician: token(), registrar: token(), integrator: token(), operator: token(), auditor: token() },
    ]),
  );
}
