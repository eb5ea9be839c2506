/**
 * Measures the project and prints tables; README.md says what they mean.
 *
 *     node benchmarks/run.ts [--full | --smoke] [--engines pglite,postgres] [--only requests,gas] [--out FILE]
 *
 * Without --only, the tables also go to benchmarks/RESULTS.md (or FILE; `--out -` writes none).
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openRecordWriter } from '@anamnesis/node';
import { clinicianAt } from './src/authority.ts';
import { ENGINE_NAMES, type EngineName, startEngine } from './src/engines.ts';
import { PROFILES, type Profile } from './src/profile.ts';
import { keepBench, machine, markdown, sideBySide, type Table } from './src/report.ts';
import { openSite, type Site, seed } from './src/site.ts';
import { checks } from './src/topics/checks.ts';
import { consent } from './src/topics/consent.ts';
import { exchange } from './src/topics/exchange.ts';
import { gas } from './src/topics/gas.ts';
import { imports } from './src/topics/imports.ts';
import { logs } from './src/topics/logs.ts';
import { proofs } from './src/topics/proofs.ts';
import { repository } from './src/topics/repository.ts';
import { requests } from './src/topics/requests.ts';
import { signatures } from './src/topics/signatures.ts';
import { verification } from './src/topics/verification.ts';
import { openWorld, type Server, type World } from './src/world.ts';

/** What is measured on each engine, in the order of the report. */
const ON_ENGINES: Readonly<Record<string, (site: Site, grantee: () => Promise<Server>) => Promise<Table>>> = {
  requests,
  repository,
  consent: async (site, grantee) => consent(site, await grantee()),
  checks: async (site, grantee) => checks(site, await grantee()),
  logs,
  imports,
  exchange: async (site, grantee) => exchange(site, await grantee()),
};

/** What needs no database. */
const BY_ITSELF: Readonly<Record<string, (profile: Profile) => Promise<Table> | Table>> = {
  proofs,
  verification,
  signatures,
  gas,
};

const started = performance.now();
const say = (text: string): void =>
  void process.stderr.write(`${Math.round((performance.now() - started) / 1000)} s  ${text}\n`);

async function measureEngine(
  world: World,
  name: EngineName,
  profile: Profile,
  topics: readonly string[],
): Promise<{ readonly title: string; readonly tables: ReadonlyMap<string, Table> }> {
  const engine = await startEngine(name);
  const tables = new Map<string, Table>();
  try {
    say(`${engine.title}: filling the nodes`);
    const site = await openSite(world, engine, profile, (node) => {
      const writer = openRecordWriter(node.context, clinicianAt(node));
      return seed(profile, (bundle) => writer.process(bundle));
    });
    let other: Server | undefined;
    const grantee = async (): Promise<Server> => (other ??= await world.startServer(engine));
    try {
      for (const topic of topics) {
        say(`${engine.title}: ${topic}`);
        const measure = ON_ENGINES[topic];
        if (measure !== undefined) tables.set(topic, await measure(site, grantee));
      }
    } finally {
      await other?.stop();
      await site.stop();
    }
  } finally {
    await engine.stop();
  }
  return { title: engine.title, tables };
}

async function measureAll(profile: Profile, engines: readonly EngineName[], only: readonly string[]): Promise<Table[]> {
  const wanted = (topic: string): boolean => only.length === 0 || only.includes(topic);
  const onEngines = Object.keys(ON_ENGINES).filter(wanted);
  const measured: Awaited<ReturnType<typeof measureEngine>>[] = [];
  if (onEngines.length > 0) {
    const world = await openWorld();
    try {
      for (const name of engines) measured.push(await measureEngine(world, name, profile, onEngines));
    } finally {
      await world.stop();
    }
  }
  const tables = onEngines.map((topic) =>
    sideBySide(measured.map(({ title, tables: own }) => ({ engine: title, table: own.get(topic) as Table }))),
  );
  for (const [topic, measure] of Object.entries(BY_ITSELF)) {
    if (!wanted(topic)) continue;
    say(topic);
    tables.push(await measure(profile));
  }
  return tables;
}

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    engines: { type: 'string', default: ENGINE_NAMES.join(',') },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});
const list = (text: string): string[] => text.split(',').filter((word) => word !== '');
const profile = PROFILES[values.smoke ? 'smoke' : values.full ? 'full' : 'default'];
const only = list(values.only);
const known = [...Object.keys(ON_ENGINES), ...Object.keys(BY_ITSELF)];
const unknown = only.find((topic) => !known.includes(topic));
if (unknown !== undefined) throw new Error(`There is no topic ${unknown}; known are ${known.join(', ')}`);
const engines = ENGINE_NAMES.filter((name) => list(values.engines).includes(name));

const loadBefore = loadavg()[0] ?? 0;
const tables = await measureAll(profile, engines, only);
const report = machine(profile, loadBefore) + tables.map(markdown).join('\n');
process.stdout.write(report);
const file = values.out ?? (only.length === 0 && !values.smoke ? join(import.meta.dirname, 'RESULTS.md') : '-');
if (file !== '-') keepBench(file, report);
say('done');
// Nothing is left open on purpose; a keep-alive socket of a client must not hold the process.
process.exit(0);
