import type { FastifyInstance } from 'fastify';
import type { ApiContext } from './context.ts';
import { healthOf } from './health.ts';

/** Upper ends of the classes into which the time of a request falls, in seconds. */
const CLASSES = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

interface Route {
  readonly counts: number[];
  total: number;
  seconds: number;
}

/**
 * The numbers of a node in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). Open to everybody who reaches it,
 * like the state of the logs: routes are named by their pattern, never by an address that was asked.
 */
export function metricsRoutes(server: FastifyInstance, api: ApiContext): void {
  const routes = new Map<string, Route>();

  server.addHook('onResponse', async (request, reply) => {
    const pattern = request.routeOptions.url ?? 'none';
    const key = `${request.method} ${pattern} ${Math.floor(reply.statusCode / 100)}xx`;
    let route = routes.get(key);
    if (route === undefined) {
      // A method is whatever a client writes: what is beyond all routes shares a name.
      if (routes.size >= 2_000) return;
      route = { counts: CLASSES.map(() => 0), total: 0, seconds: 0 };
      routes.set(key, route);
    }
    const seconds = reply.elapsedTime / 1000;
    route.total += 1;
    route.seconds += seconds;
    for (const [at, end] of CLASSES.entries()) if (seconds <= end) route.counts[at] = (route.counts[at] ?? 0) + 1;
  });

  server.get('/metrics', async (_request, reply) => {
    const health = await healthOf(api, []);
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(Buffer.from(`${[...gauges(health), ...requests(routes)].join('\n')}\n`, 'utf8'));
  });
}

function gauges({
  ledger,
  sealing,
  operator,
  database,
  jobs,
  uptime,
  keys,
}: Awaited<ReturnType<typeof healthOf>>): string[] {
  const lines: string[] = [];
  const gauge = (
    name: string,
    help: string,
    values: readonly (readonly [labels: string, value: number | null])[],
  ): void => {
    const known = values.filter(([, value]) => value !== null);
    if (known.length === 0) return;
    lines.push(`# HELP anamnesis_${name} ${help}`, `# TYPE anamnesis_${name} gauge`);
    for (const [labels, value] of known) lines.push(`anamnesis_${name}${labels} ${value}`);
  };
  const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);
  gauge('uptime_seconds', 'Since the process began.', [['', uptime]]);
  gauge('ledger_block', 'Block up to which the ledger was followed.', [['', ledger.block]]);
  gauge('ledger_age_seconds', 'Age of the view of the ledger.', [['', seconds(ledger.ageMs)]]);
  gauge('ledger_stale', '1 when releases to others stop because the view is too old.', [['', ledger.stale ? 1 : 0]]);
  const byLog = (value: (log: (typeof sealing.logs)[number]) => number | null) =>
    sealing.logs.map((log) => [`{log="${log.log}"}`, value(log)] as const);
  gauge(
    'log_size',
    'Entries of a log.',
    byLog(({ size }) => size),
  );
  gauge(
    'log_unsealed',
    'Entries that no checkpoint on the ledger covers.',
    byLog(({ waiting }) => waiting),
  );
  gauge(
    'log_unsealed_age_seconds',
    'Age of the oldest of them.',
    byLog(({ waitingMs }) => seconds(waitingMs ?? 0)),
  );
  gauge('rolled_back', '1 when the database is older than what was sealed.', [['', sealing.rolledBack ? 1 : 0]]);
  gauge('outbox', 'Transactions that are signed and not settled.', [['', sealing.outbox]]);
  gauge('operator_posts', 'Checkpoints that the balance pays for.', [['', operator.posts]]);
  gauge(
    'key_until_seconds',
    'When a key ends.',
    keys.map(({ name, until }) => [`{key="${name}"}`, until] as const),
  );
  gauge('database_seconds', 'Time of one question to the database.', [['', seconds(database.latencyMs)]]);
  gauge(
    'jobs_waiting',
    'What waits for its next attempt.',
    jobs.map(({ name, waiting }) => [`{job="${name}"}`, waiting] as const),
  );
  gauge('memory_bytes', 'Resident memory of the process.', [['', process.memoryUsage.rss()]]);
  return lines;
}

function requests(routes: ReadonlyMap<string, Route>): string[] {
  const name = 'anamnesis_http_request_seconds';
  const lines = [`# HELP ${name} Time of requests by route and class of status.`, `# TYPE ${name} histogram`];
  for (const [key, { counts, total, seconds }] of routes) {
    const [method = '', route = '', status = ''] = key.split(' ');
    const labels = `method="${escaped(method)}",route="${escaped(route)}",status="${status}"`;
    for (const [at, end] of CLASSES.entries()) lines.push(`${name}_bucket{${labels},le="${end}"} ${counts[at] ?? 0}`);
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${total}`, `${name}_sum{${labels}} ${seconds.toFixed(6)}`);
    lines.push(`${name}_count{${labels}} ${total}`);
  }
  return lines;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
