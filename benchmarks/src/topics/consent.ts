import { revokeBySig } from '@anamnesis/ledger';
import { ensureClient, newSecret } from '@anamnesis/node';
import { revokeTypedData } from '@anamnesis/protocol';
import { Pool } from 'undici';
import { createPublicClient, createTestClient, http } from 'viem';
import { decide } from '../../../apps/node/src/modules/consent/index.ts';
import { consentAt, domainOf, peerToken } from '../grant.ts';
import { FHIR, openHttp } from '../http.ts';
import { figure, type Row, ratio, type Table } from '../report.ts';
import { race, timed } from '../runner.ts';
import { measurements, patient as patientOf } from '../samples.ts';
import { around, clinicianOf, type Site } from '../site.ts';
import type { Server } from '../world.ts';

/** What deciding on a consent at every request costs: by itself, and as part of a read over HTTP. */
export async function consent(site: Site, grantee: Server): Promise<Table> {
  const rows = [await decision(site, grantee.config.organization)];
  for (const clients of site.profile.clients) rows.push(...(await readsUnder(site, grantee, clients)));
  rows.push(await refusalByLedger(site, grantee), await refusalWithBlocks(site, grantee));
  return {
    title: 'The consent check',
    note: 'The decision is made anew at every request of another organisation: terms opened and checked, refusals and ledger state looked up. Milliseconds. The reads are of the same records, by turns with the token of local staff (no consent to decide on) and with that of another organisation under a consent; the ratio is that of their rates. The refusal goes to the ledger alone; p50 and p99 (here the longest) are the time from its block to the last read that was still answered, among clients that read without pause; the last row with a block of the ledger each second, besides.',
    labels: ['what', 'clients'],
    figures: ['p50', 'p99', 'rate', 'to base'],
    rows,
  };
}

async function decision({ inside, insideSeeded, profile }: Site, grantee: number): Promise<Row> {
  const { context } = inside;
  const desk = newSecret('client');
  const client = { role: 'registrar', name: 'Benchmark desk', actor: 'Practitioner/desk' } as const;
  await ensureClient(context.database, client, { now: Date.now(), token: desk });
  const [patient = ''] = insideSeeded.patients;
  const { id } = await consentAt(inside, desk, patient, grantee);
  const request = { consent: id, grantee, practitioner: null, actor: '', purpose: 'TREAT', action: 'read' } as const;
  const { median, p99 } = await timed(profile, async () => {
    const { effect } = await decide(context, context.database, request);
    if (effect !== 'permit') throw new Error(`the benchmark's consent was not permitted: ${effect}`);
  });
  return { labels: ['decision', '1'], figures: [figure(median), figure(p99), figure(1000 / median), ''] };
}

async function readsUnder(site: Site, grantee: Server, clients: number): Promise<Row[]> {
  const { custodian, profile } = site;
  const staff = clinicianOf(site, clients);
  // A patient of its own: at the desk she links her first key.
  const patient = `Patient/${(await staff.json('POST', `${FHIR}/Patient`, 201, patientOf(clients))).id}`;
  const { grant } = await consentAt(custodian, custodian.tokens.registrar ?? '', patient, grantee.config.organization);
  const peer = openHttp(custodian.url, await peerToken(grantee.config, custodian.config, grant), clients);
  const answer = await staff.json('POST', FHIR, 200, measurements(patient, 0, profile.observations));
  const entries = answer.entry as { response: { location: string } }[];
  const next = around(entries.map(({ response }) => new URL(response.location).pathname.replace(/\/_history.*/, '')));
  const measured = await race(profile, clients, {
    without: () => staff.ask('GET', next(), 200),
    with: () => peer.ask('GET', next(), 200),
  });
  await Promise.all([staff.close(), peer.close()]);
  const base = measured.without.rate;
  return Object.entries(measured).map(([name, { p50, p99, rate }]) => ({
    labels: [`read ${name} consent`, String(clients)],
    figures: [figure(p50), figure(p99), figure(rate), name === 'without' ? 'base' : ratio(rate, base)],
  }));
}

/** Clients that read while a refusal reaches the node by the ledger, and how often that is done. */
const READERS = 100;
const REFUSALS = 5;

/** The same while the ledger makes a block each second, as a consortium's does. */
async function refusalWithBlocks(site: Site, grantee: Server): Promise<Row> {
  const rpc = createTestClient({ mode: 'anvil', transport: http(site.world.ledger.rpcUrl) });
  const mining = setInterval(() => void rpc.mine({ blocks: 1 }), 1000);
  try {
    const { figures } = await refusalByLedger(site, grantee, 20_000);
    return { labels: ['the same, a block each second', String(READERS)], figures };
  } finally {
    clearInterval(mining);
  }
}

/** From the block of a refusal to the last read under the consent that a node, which follows the ledger, still answers. `from`: the number of the first patient made for it. */
async function refusalByLedger({ custodian, world }: Site, grantee: Server, from = 10_000): Promise<Row> {
  const { deployment } = world;
  const desk = openHttp(custodian.url, custodian.tokens.clinician ?? '', 1);
  const client = createPublicClient({ transport: http(world.ledger.rpcUrl), cacheTime: 0 });
  const lags: number[] = [];
  for (let run = 0; run < REFUSALS; run++) {
    const patient = `Patient/${(await desk.json('POST', `${FHIR}/Patient`, 201, patientOf(from + run))).id}`;
    const { grant, signer } = await consentAt(
      custodian,
      custodian.tokens.registrar ?? '',
      patient,
      grantee.config.organization,
    );
    const token = await peerToken(grantee.config, custodian.config, grant);
    const { subject, index } = grant.terms;
    const signature = await signer.signTypedData(revokeTypedData({ subject, index }, domainOf(deployment)));
    const reader = new Pool(custodian.url, { connections: READERS, pipelining: 1 });
    let answered = 0;
    let last = 0;
    let refused = 0;
    const read = async (): Promise<void> => {
      while (refused < READERS) {
        const asked = performance.now();
        const { statusCode, body } = await reader.request({
          method: 'GET',
          path: `${FHIR}/${patient}`,
          headers: { authorization: `Bearer ${token}` },
        });
        await body.dump();
        if (statusCode === 200) [answered, last] = [answered + 1, asked];
        else refused++;
      }
    };
    const reading = Promise.all(Array.from({ length: READERS }, read));
    while (answered < READERS) await new Promise((done) => setTimeout(done, 5));
    const { deployer, chainId } = world.ledger;
    const nonce = await client.getTransactionCount({ address: deployer.address });
    const call = revokeBySig(deployment, { subject, index, signature });
    const serializedTransaction = await deployer.signTransaction({
      type: 'legacy',
      chainId,
      nonce,
      gasPrice: 0n,
      gas: 500_000n,
      ...call,
    });
    const hash = await client.sendRawTransaction({ serializedTransaction });
    await client.waitForTransactionReceipt({ hash, pollingInterval: 5 });
    const block = performance.now();
    await reading;
    await reader.close();
    lags.push(Math.max(last - block, 0));
  }
  await desk.close();
  lags.sort((a, b) => a - b);
  const figures = [figure(lags[Math.floor(REFUSALS / 2)] ?? 0), figure(lags.at(-1) ?? 0), '', ''];
  return { labels: ['block of a refusal to refusal', String(READERS)], figures };
}
