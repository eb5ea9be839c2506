import { setTimeout } from 'node:timers/promises';
import { createClient } from '@anamnesis/sdk';
import { consentAt } from '../grant.ts';
import { FHIR } from '../http.ts';
import { figure, type Table } from '../report.ts';
import { quantile } from '../runner.ts';
import { measurements, patient } from '../samples.ts';
import { clinicianOf, type Site } from '../site.ts';
import type { Server } from '../world.ts';

/** A patient's records fetched by another organisation's node, each verified against the ledger and kept. */
export async function exchange(site: Site, grantee: Server): Promise<Table> {
  const { custodian, profile } = site;
  const clinician = clinicianOf(site, 1);
  const made = await clinician.json('POST', `${FHIR}/Patient`, 201, patient(0));
  const reference = `Patient/${made.id}`;
  await clinician.ask('POST', FHIR, 200, measurements(reference, 0, profile.fetched - 1));
  await clinician.close();
  const { organization } = custodian.config;
  const { grant } = await consentAt(
    custodian,
    custodian.tokens.registrar ?? '',
    reference,
    grantee.config.organization,
  );
  const client = createClient({ baseUrl: grantee.url, token: grantee.tokens.clinician ?? '' });
  const ask = () => client.fetchFromPeer({ ...grant, custodian: organization, purpose: 'TREAT' });
  // Until the last record is under a checkpoint: before that they would not be compared with the ledger.
  for (let verified = 0; verified < profile.fetched; ) {
    ({ verified } = await ask());
    if (verified < profile.fetched) await setTimeout(200);
  }
  const times: number[] = [];
  const end = performance.now() + profile.seconds * profile.runs * 1000;
  do {
    const begin = performance.now();
    await ask();
    times.push(performance.now() - begin);
  } while (performance.now() < end);
  times.sort((a, b) => a - b);
  const [median, worst] = [quantile(times, 0.5), quantile(times, 0.99)];
  const figures = [profile.fetched, median, worst, (profile.fetched / median) * 1000, median / profile.fetched];
  return {
    title: 'A fetch from another organisation',
    note: 'From the clinician’s request at the grantee’s node to its answer: client assertion, token, a decision at each request, search pages, proofs, verification of every record against the ledger, encryption and storage at the grantee, access entries at both. Milliseconds.',
    labels: ['what'],
    figures: ['records', 'p50', 'p99', 'records/s', 'ms/record'],
    rows: [{ labels: ['fetch, verify, keep'], figures: figures.map(figure) }],
  };
}
