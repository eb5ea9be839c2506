import { FHIR, type Http } from '../http.ts';
import { figure, type Row, type Table } from '../report.ts';
import { race } from '../runner.ts';
import { measureToken, observation, transaction } from '../samples.ts';
import { around, clinicianOf, type Site } from '../site.ts';

/** Requests to a node in its own process, over loopback HTTP with keep-alive, as a clinician's program sends them. */
export async function requests(site: Site): Promise<Table> {
  const rows: Row[] = [];
  for (const clients of site.profile.clients) {
    const http = clinicianOf(site, clients);
    for (const [name, act] of Object.entries(operations(site, http))) {
      const { it } = await race(site.profile, clients, { it: act });
      rows.push({ labels: [name, String(clients)], figures: [it.rate, it.p50, it.p99].map(figure) });
    }
    await http.close();
  }
  return {
    title: 'Requests over HTTP',
    note: `Each is answered when it is on disk and in both logs; reads and searches write an access entry too. \`search\` finds a page of 20 of one patient's observations by code, newest first. \`transaction\` is a bundle of ${site.profile.entries} new records. Client, node and PostgreSQL share the cores. Rate per second; p50 and p99 in milliseconds.`,
    labels: ['operation', 'clients'],
    figures: ['rate', 'p50', 'p99'],
    rows: rows.sort((a, b) => order(a) - order(b)),
  };
}

const ORDER = ['create', 'read', 'update', 'search', 'transaction'];
const order = ({ labels }: Row): number => ORDER.indexOf(labels[0] ?? '') * 100 + Number(labels[1]);

function operations({ profile, seeded }: Site, http: Http): Record<string, () => Promise<unknown>> {
  const [patientOf, observationOf] = [around(seeded.patients), around(seeded.observations)];
  let number = 0;
  return {
    read: () => http.ask('GET', `${FHIR}/${observationOf()}`, 200),
    search: () => http.ask('GET', `${FHIR}/Observation?${searchOf(patientOf(), number++)}`, 200),
    create: () => http.ask('POST', `${FHIR}/Observation`, 201, observation(patientOf(), number++)),
    update: () => {
      const reference = observationOf();
      const id = reference.replace('Observation/', '');
      return http.ask('PUT', `${FHIR}/${reference}`, 200, { ...observation(patientOf(), number++), id });
    },
    transaction: () => http.ask('POST', FHIR, 200, transaction(number++, profile.entries)),
  };
}

/** A search for one measure of one patient. */
export function searchOf(patient: string, number: number): string {
  return new URLSearchParams({
    subject: patient,
    code: measureToken(number),
    _sort: '-date',
    _count: '20',
  }).toString();
}
