import { openRecords, openRecordWriter } from '../../../apps/node/src/modules/records/index.ts';
import { indexResource } from '../../../apps/node/src/modules/records/search/index.ts';
import { clinicianAt } from '../authority.ts';
import { figure, type Row, type Table } from '../report.ts';
import { race } from '../runner.ts';
import { observation, transaction } from '../samples.ts';
import { around, type Site } from '../site.ts';
import { searchOf } from './requests.ts';

/** The same operations without HTTP: what the repository, its logs, its encryption and the database cost by themselves. */
export async function repository(site: Site): Promise<Table> {
  const rows: Row[] = [];
  for (const [name, act] of Object.entries(operations(site))) {
    for (const clients of site.profile.clients) {
      const { it } = await race(site.profile, clients, { it: act });
      rows.push({ labels: [name, String(clients)], figures: [it.rate, it.p50, it.p99].map(figure) });
    }
  }
  return {
    title: 'The repository below HTTP',
    note: 'The same operations, called in the process of the node: no HTTP, no bearer token. The difference to the table above is the price of the wire and of a second process.',
    labels: ['operation', 'at once'],
    figures: ['rate', 'p50', 'p99'],
    rows,
  };
}

function operations({ profile, inside, insideSeeded }: Site): Record<string, () => Promise<unknown>> {
  const [patientOf, observationOf] = [around(insideSeeded.patients), around(insideSeeded.observations)];
  // An authority for each call, as for each request: calls of one would share an access entry.
  const writer = () => openRecordWriter(inside.context, clinicianAt(inside));
  const reader = () => openRecords(inside.context, clinicianAt(inside));
  let number = 0;
  return {
    create: () => writer().create(observation(patientOf(), number++)),
    read: () => reader().read('Observation', observationOf().replace('Observation/', '')),
    update: () => {
      const id = observationOf().replace('Observation/', '');
      return writer().update({ ...observation(patientOf(), number++), id });
    },
    search: () => reader().search('Observation', searchOf(patientOf(), number++)),
    transaction: () => writer().process(transaction(number++, profile.entries)),
    index: async () => indexResource(observation(patientOf(), number++)),
  };
}
