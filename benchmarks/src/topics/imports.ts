import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateInfrastructure, generatePopulation, NAMED_ORGANIZATIONS, ST_ALDHELM } from '@anamnesis/population';
import { FHIR, openHttp } from '../http.ts';
import { figure, type Row, type Table } from '../report.ts';
import type { Site } from '../site.ts';

const SYNTHEA = join(import.meta.dirname, '../../../../shared/data/synthea-r4');

/** Whole histories posted to a new node, a transaction bundle each. */
export async function imports(site: Site): Promise<Table> {
  const rows = [await importInto(site, 'generated population', generated(site.profile.imported))];
  if (site.profile.synthea && existsSync(SYNTHEA)) rows.push(await importInto(site, 'Synthea patients', synthea()));
  return {
    title: 'Import',
    note: 'Histories of whole patients, one transaction bundle after the other over one connection to a new node, with infrastructure (organisations, practitioners) before and not counted. Records per second, to the last acknowledgement.',
    labels: ['what'],
    figures: ['patients', 'records', 'records/s', 'ms/bundle'],
    rows,
  };
}

interface Load {
  readonly infrastructure: readonly unknown[];
  readonly patients: readonly unknown[];
}

async function importInto({ world, engine }: Site, label: string, load: Load): Promise<Row> {
  const server = await world.startServer(engine);
  const http = openHttp(server.url, server.tokens.integrator ?? '', 1);
  for (const bundle of load.infrastructure) await http.ask('POST', FHIR, 200, bundle);
  const begin = performance.now();
  let records = 0;
  for (const bundle of load.patients) {
    await http.ask('POST', FHIR, 200, bundle);
    records += (bundle as { entry: unknown[] }).entry.length;
  }
  const elapsed = performance.now() - begin;
  await http.close();
  await server.stop();
  const count = load.patients.length;
  const figures = [count, records, (records / elapsed) * 1000, elapsed / count].map(figure);
  return { labels: [label], figures };
}

/** Generated before anything is timed. */
function generated(patients: number): Load {
  const own = ({ organization }: { readonly organization: string }): boolean => organization === ST_ALDHELM.key;
  const infrastructure = generateInfrastructure(NAMED_ORGANIZATIONS).filter(own);
  const bundles = [...generatePopulation({ seed: 'bench', patients, organizations: [ST_ALDHELM] })];
  return {
    infrastructure: infrastructure.map(({ bundle }) => bundle),
    patients: bundles.flatMap((one) => one.bundles.filter(own).map(({ bundle }) => bundle)),
  };
}

function synthea(): Load {
  const read = (folder: string): unknown[] =>
    readdirSync(join(SYNTHEA, folder))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => JSON.parse(readFileSync(join(SYNTHEA, folder, name), 'utf8')));
  return { infrastructure: read('infrastructure'), patients: read('patients-10') };
}
