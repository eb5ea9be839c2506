import { chainPolicy, checkLedger, connectLedger, createSender } from '@anamnesis/ledger/portable';
import { AnamnesisError, fromBase64Url } from '@anamnesis/protocol';
import { type Api, openApi, smartPages } from './api/index.ts';
import { keysPath, type NodeConfig, openNodeKeys, profileBytes, profileUrl } from './config/index.ts';
import { type AccountsContext, openAccounts } from './modules/accounts/index.ts';
import {
  type Checkpoints,
  keptCovering,
  openCheckpoints,
  openTransparency,
  type Transparency,
} from './modules/checkpoints/index.ts';
import { openDirectory, sqlOutboxStore } from './modules/directory/index.ts';
import type { ExchangeContext } from './modules/exchange/index.ts';
import { type IntakeContext, openMllp, registerSenders } from './modules/intake/index.ts';
import { openLibrary } from './modules/library/index.ts';
import { type Handover, openHandover, openKeyring } from './modules/operator/index.ts';
import { contentCheck, reindexRecords } from './modules/records/index.ts';
import { refreshStatistics } from './modules/records/search/index.ts';
import { type LedgerNews, openCourier, openLedgerNews } from './modules/requests/index.ts';
import { checkDemoUsers, openSmart } from './modules/smart/index.ts';
import { ContentKeys, openDatabase } from './storage/index.ts';

/** A node that answers. */
export interface RunningNode {
  readonly url: string;
  readonly config: NodeConfig;
  /** What the modules work with: for those who start nodes (the testbed, tests), never for a request. */
  readonly context: ExchangeContext;
  readonly checkpoints: Checkpoints;
  readonly accounts: AccountsContext;
  readonly transparency: Transparency;
  readonly handover: Handover;
  /** Where HL7 v2 comes in over MLLP, when it is configured. */
  readonly mllp: { readonly host: string; readonly port: number } | undefined;
  /** Brings the planner's statistics up to date, as after an import. */
  refreshStatistics(): Promise<void>;
  /** Answers what has come in, then ends. Everything acknowledged is on disk at any time; a kill loses nothing. */
  stop(): Promise<void>;
}

const WRONG_LEDGER = new Set(['ledger-wrong-chain', 'ledger-disagreement', 'ledger-not-deployed']);

/** How often the statistics of the database are brought up to date, in milliseconds: PGlite does not do it by itself. */
const STATISTICS_EVERY = 600_000;

/**
 * Starts one organisation's node: database, its view of the ledger, sealing, and the HTTP interface. It starts and serves local care
 * while the ledger is down (promise P6).
 *
 * Errors: `embedded-ledger-in-production`, `demo-users-in-production`, those of `openDatabase`, `openLibrary` and `openNodeKeys`, `port-taken`.
 */
export async function startNode(config: NodeConfig): Promise<RunningNode> {
  const { organization, deployment, publicUrl } = config;
  if (config.production && config.policy.name === chainPolicy('embedded').name) {
    throw new AnamnesisError(
      'embedded-ledger-in-production',
      'A node in production needs an EVM network of several validators, not the embedded ledger: set ANAMNESIS_CHAIN',
    );
  }
  checkDemoUsers(config);
  const library = openLibrary(config.fhirPackages);
  const keys = await openNodeKeys(keysPath(config));
  const { rpcUrls, policy } = config;
  const reader = connectLedger({ rpcUrls, chainId: deployment.chainId, policy, deployment });
  // A dead ledger does not stop a node; one that answers with another chain does.
  await checkLedger(reader).catch((error: unknown) => {
    if (error instanceof AnamnesisError && WRONG_LEDGER.has(error.code)) throw error;
  });
  const stops: (() => Promise<unknown>)[] = [];
  const stopAll = async (): Promise<void> => {
    while (stops.length > 0) await stops.pop()?.();
  };
  try {
    const database = await openDatabase({
      url: config.databaseUrl,
      directory: `${config.directory}/database`,
      template: config.databaseTemplate,
    });
    stops.push(() => database.close());
    const limits = { allowLoopback: !config.production, timeoutMs: 15_000, maxBytes: 32 * 1024 * 1024 };
    let checkpoints: Checkpoints | null = null;
    const { maxLedgerAgeMs, sealEvery, sealAfterMs } = config;
    let news: LedgerNews | null = null;
    const onChange = async (): Promise<void> => {
      await checkpoints?.check();
      // News are a courtesy: the ledger is followed without them.
      await news?.check().catch(() => {});
    };
    const directory = await openDirectory({ database, reader, maxLedgerAgeMs, limits, onChange });
    stops.push(() => directory.stop());
    const keyring = openKeyring(keysPath(config), keys);
    const store = sqlOutboxStore(database);
    const sender = createSender({ reader, account: keyring.accounts, store });
    stops.push(() => sender.stop());
    checkpoints = openCheckpoints({ database, directory, sender, deployment, organization, sealEvery, sealAfterMs });
    const sealing = checkpoints;
    stops.push(() => sealing.stop());
    const context: ExchangeContext = {
      database,
      reader,
      directory,
      limits,
      clock: Date.now,
      keys: new ContentKeys(fromBase64Url(keys.master) ?? new Uint8Array(0)),
      ledger: { chainId: deployment.chainId, checkpoints: deployment.checkpoints, organization },
      covering: (q, log, index) => keptCovering(q, organization, log, index),
      wakeSender: () => sender.wake(),
      isLedgerStale: () => directory.isStale(),
      base: `${publicUrl}/fhir/R4`,
      conditionalDelete: config.conditionalDelete,
      tokenUrl: `${publicUrl}/auth/token`,
      profileUrl: profileUrl(publicUrl),
      signingKey: keys.signing,
      ...(config.validateWrites === 'full' && { checkContent: contentCheck(library) }),
    };
    // A node whose database was rolled back must not answer even once.
    await sealing.ready();
    const handover = openHandover({ database, log: context, reader, keyring, store, sender, clock: context.clock });
    stops.push(() => handover.stop());
    await reindexRecords(context);
    const intake: IntakeContext | undefined = config.intake && {
      ...context,
      intake: config.intake,
      requireIntact: () => sealing.requireIntact(),
    };
    if (intake !== undefined) await registerSenders(intake);
    const smart = await openSmart(context, config, keys, smartPages);
    const accounts = openAccounts(smart, keys);
    const courier = openCourier(context);
    stops.push(() => courier.stop());
    news = await openLedgerNews(context);
    const logSigner = { name: new URL(publicUrl).host, privateKey: fromBase64Url(keys.log) ?? new Uint8Array(0) };
    const transparency = openTransparency({
      ...{ database, directory, checkpoints: sealing, ledger: context.ledger, note: logSigner },
      operator: () => keyring.present,
      ...{ clock: Date.now, limits: { ...limits, timeoutMs: 5_000 }, everyMs: config.watchEveryMs },
      patience: Math.ceil(config.lateAfterMs / 1000),
      isLedgerStale: () => directory.isStale(),
      wakeSender: () => sender.wake(),
    });
    stops.push(() => transparency.stop());
    const api: Api = await openApi({
      config,
      context,
      library,
      directory,
      checkpoints,
      transparency,
      sender,
      handover,
      smart,
      accounts,
      intake,
      courier,
      profile: profileBytes(config, keys),
      logSigner,
    });
    stops.push(() => api.close());
    const mllp = intake?.intake.mllp && (await openMllp(intake, intake.intake.mllp));
    if (mllp !== undefined) stops.push(() => mllp.close());
    const refresh = async (): Promise<void> => void (await refreshStatistics(database));
    const timer = setInterval(() => void refresh().catch(() => {}), STATISTICS_EVERY).unref();
    stops.push(async () => clearInterval(timer));
    return {
      ...{ url: api.url, config, context, checkpoints, transparency, handover, accounts, mllp },
      refreshStatistics: refresh,
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
