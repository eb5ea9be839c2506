import { type Condition, forbidden, type NodeHealth } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { ask, findOrganization, latestCheckpoint, listOrganizations } from '../modules/directory/index.ts';
import { logSize, type Queryable } from '../storage/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** What a checkpoint costs, in gas (docs/gas.md): what the operator's balance is counted in. */
const GAS_OF_POST = 36_000n;
/** How long a look at the peers is good for, and how long one may take, in milliseconds. */
const PEERS_KEPT = 15_000;
const PEER_PATIENCE = 2_000;

const DAY = 86_400;
const WORST: readonly Condition[] = ['failing', 'warning', 'ok'];

/** How the node is, for its operator; and retrying what waits. */
export function healthRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context, courier } = api;
  let peers: { at: number; found: Promise<NodeHealth['peers']> } | null = null;
  const lookAtPeers = (): Promise<NodeHealth['peers']> => {
    if (peers === null || context.clock() - peers.at > PEERS_KEPT) {
      peers = { at: context.clock(), found: peersOf(api) };
      peers.found.catch(() => {
        peers = null;
      });
    }
    return peers.found;
  };
  const requireOperator = async (request: Parameters<typeof authorityOf>[1]): Promise<void> => {
    const { basis } = await authorityOf(api, request);
    if (basis.kind !== 'staff' || basis.role !== 'operator') throw forbidden();
  };

  server.get('/api/v1/health', async (request) => {
    await requireOperator(request);
    return healthOf(api, await lookAtPeers());
  });

  /** Tries now what waits for its next attempt. */
  server.post('/api/v1/health/retry', async (request, reply) => {
    await requireOperator(request);
    await context.database.query('update peer_message set next_at = $1', [context.clock()]);
    await courier.flush();
    return reply.status(204).send();
  });
}

/** Everything but the peers is asked anew. */
export async function healthOf(api: ApiContext, peers: NodeHealth['peers']): Promise<NodeHealth> {
  const { context, directory, checkpoints, sender } = api;
  const { database, ledger, clock } = context;
  const began = performance.now();
  const own = await findOrganization(database, ledger.organization);
  const latencyMs = Math.round((performance.now() - began) * 10) / 10;
  const { view, problem } = directory;
  const stale = directory.isStale();
  const sealing = checkpoints.status();
  const logs = [await backlogOf(api, 'records'), await backlogOf(api, 'access')];
  const slow = logs.some(({ waitingMs }) => waitingMs !== null && waitingMs > 10 * api.config.sealAfterMs + 60_000);
  const [messages] = await database.query<{ waiting: number; tried: number }>(
    'select count(*)::int as waiting, coalesce(max(attempts), 0) as tried from peer_message',
  );
  const until = own?.operatorUntil ?? null;
  const parts = {
    ledger: {
      condition: stale ? 'failing' : problem === null ? 'ok' : 'warning',
      block: view?.block ?? null,
      ageMs: view === null ? null : Math.max(clock() - view.seenAt, 0),
      stale,
      problem,
    },
    sealing: {
      condition: sealing.rolledBack !== null ? 'failing' : sealing.problem !== null || slow ? 'warning' : 'ok',
      rolledBack: sealing.rolledBack !== null,
      problem: sealing.problem,
      outbox: sender.status().signed,
      logs,
    },
    operator: await runwayOf(api, own?.operator ?? null),
    keys: [
      { name: 'operator', condition: untilCondition(until, clock()), until },
      { name: 'signing', condition: 'ok', until: null },
      { name: 'log', condition: 'ok', until: null },
    ],
    peers,
    database: { condition: latencyMs > 1_000 ? 'warning' : 'ok', engine: database.engine, latencyMs },
    jobs: [
      {
        name: 'messages to other organisations',
        condition: (messages?.tried ?? 0) > 5 ? 'warning' : 'ok',
        waiting: messages?.waiting ?? 0,
      },
    ],
  } as const;
  const conditions = [parts.ledger, parts.sealing, parts.operator, parts.database, ...parts.keys, ...parts.jobs];
  const condition = WORST.find((word) => conditions.some((part) => part.condition === word)) ?? 'ok';
  // That another organisation's node is away is worth a look here, and no failure of this one.
  const away = condition === 'ok' && peers.some((peer) => peer.condition !== 'ok');
  return { condition: away ? 'warning' : condition, uptime: Math.round(process.uptime()), ...parts };
}

async function backlogOf(api: ApiContext, log: 'records' | 'access'): Promise<NodeHealth['sealing']['logs'][number]> {
  const { database, ledger, clock } = api.context;
  const size = await logSize(database, log);
  const sealed = (await latestCheckpoint(database, ledger.organization, log))?.size ?? 0;
  const waiting = Math.max(size - sealed, 0);
  const oldest = waiting === 0 ? null : await timeOf(database, log, sealed);
  return { log, size, waiting, waitingMs: oldest === null ? null : Math.max(clock() - oldest, 0) };
}

async function timeOf(q: Queryable, log: 'records' | 'access', leaf: number): Promise<number | null> {
  const [row] = await q.query<{ at: Date }>(
    log === 'records'
      ? 'select last_updated as at from resource_version where leaf_index = $1'
      : 'select recorded as at from access_entry where leaf_index = $1',
    [leaf],
  );
  return row?.at.getTime() ?? null;
}

async function runwayOf(api: ApiContext, address: string | null): Promise<NodeHealth['operator']> {
  const { client, policy } = api.context.reader;
  const free = policy.fees === 'zero';
  if (address === null) return { condition: 'failing', address, balance: null, posts: null, free };
  if (free) return { condition: 'ok', address, balance: null, posts: null, free };
  try {
    const [balance, price] = await Promise.all([
      client.getBalance({ address: address as `0x${string}` }),
      client.getGasPrice(),
    ]);
    const posts = price === 0n ? null : Number(balance / (price * GAS_OF_POST));
    const condition = posts === null || posts >= 1_000 ? 'ok' : posts >= 50 ? 'warning' : 'failing';
    return { condition, address, balance: String(balance), posts, free };
  } catch {
    return { condition: 'warning', address, balance: null, posts: null, free };
  }
}

function untilCondition(until: number | null, now: number): Condition {
  if (until === null || until * 1000 <= now) return 'failing';
  return until * 1000 <= now + 30 * DAY * 1000 ? 'warning' : 'ok';
}

async function peersOf({ context }: ApiContext): Promise<NodeHealth['peers']> {
  const { database, directory, limits, ledger } = context;
  const others = (await listOrganizations(database)).filter(({ id }) => id !== ledger.organization);
  return Promise.all(
    others.map(async ({ id, active }) => {
      const peer = await directory.peer(id).catch(() => null);
      const reachable = peer !== null && (await answers(peer.profile.endpoints.api, limits.allowLoopback));
      const last = await latestCheckpoint(database, id, 'records');
      return {
        ...{ id, name: peer?.profile.organization.name ?? null, active, reachable, verified: peer !== null },
        condition: !active || (reachable && peer !== null) ? 'ok' : 'warning',
        lastCheckpoint: last?.time ?? null,
      } as const;
    }),
  );
}

async function answers(endpoint: string, allowLoopback: boolean): Promise<boolean> {
  const limits = { allowLoopback, timeoutMs: PEER_PATIENCE, maxBytes: 64 * 1024 };
  return ask(`${endpoint}/status`, limits).then(
    ({ status }) => status === 200,
    () => false,
  );
}
