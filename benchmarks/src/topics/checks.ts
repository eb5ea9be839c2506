import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ensureClient, newSecret, openRecordWriter } from '@anamnesis/node';
import { hashSecret } from '../../../apps/node/src/modules/consent/index.ts';
import { authorizePeer } from '../../../apps/node/src/modules/exchange/index.ts';
import { groupsOf } from '../../../apps/node/src/modules/records/groups.ts';
import { openRecords } from '../../../apps/node/src/modules/records/index.ts';
import { readCurrent } from '../../../apps/node/src/modules/records/read-one.ts';
import { scopeFor } from '../../../apps/node/src/modules/records/scope-for.ts';
import { lookUpTogether } from '../../../apps/node/src/storage/index.ts';
import { clinicianAt } from '../authority.ts';
import { consentAt, peerToken } from '../grant.ts';
import { FHIR, openHttp } from '../http.ts';
import { figure, type Row, share, type Table } from '../report.ts';
import { type Pacing, race } from '../runner.ts';
import { measurements, patient as patientOf } from '../samples.ts';
import { around, clinicianOf, type Site } from '../site.ts';
import type { Server } from '../world.ts';

/** Turns for one of the profile's runs: what is compared differs by little, so it takes many. */
const TURNS = 8;

/**
 * What the consent check and the access entry add to one and the same read: another organisation's, under a consent, by its token. The product has no switch for
 * either. So the read is put together from the layers that it consists of, once whole, once with the caller recognised by her token and nothing decided, once
 * with no entry written.
 */
export async function checks(site: Site, grantee: Server): Promise<Table> {
  const rows: Row[] = [];
  for (const clients of site.profile.clients) rows.push(...(await withAndWithout(site, grantee, clients)));
  return {
    title: 'What the consent check and the access entry add to a read',
    note: 'Reads of one record by another organisation under a consent. *Without the check*: the token is looked up as ever, the authority is one that was decided on before. *Without the entry*: decided on anew, read as ever, nothing written. They take turns in the process of the node, below HTTP. *Processor*: milliseconds of processor time for one read, of node and database together, which others on the machine change little. *Adds*: what the whole takes beyond it, to the time without. *The check by itself*: deciding on a token, less recognising it, with no read, which tells small differences better than two whole reads do. The last column: the same, to the processor time of a whole read over HTTP by the same caller, of a node in a process of its own and its database.',
    labels: ['read', 'clients'],
    figures: ['rate', 'processor', 'adds', 'to one over HTTP'],
    rows,
  };
}

/** Who holds a token, and nothing else: what recognising the caller costs, however she is judged. */
const recognise = lookUpTogether(async (database, hashes: readonly string[]) => {
  const rows = await database.query<{ token_hash: string; expires_at: number }>(
    `select token_hash, consent_id, subject, organization, purpose, practitioner, actor, display, emergency, expires_at
     from access_token where token_hash = any($1::text[])`,
    [[...new Set(hashes)]],
  );
  const found = new Map(rows.map((row) => [row.token_hash, row]));
  return (hash) => found.get(hash);
});

async function withAndWithout(site: Site, grantee: Server, clients: number): Promise<Row[]> {
  const { inside, profile } = site;
  const { context } = inside;
  const writer = openRecordWriter(context, clinicianAt(inside));
  const made = await writer.create(patientOf(20_000 + clients));
  const patient = `Patient/${(made.resource as { id: string }).id}`;
  const bundle = (await writer.process(measurements(patient, 0, profile.observations))) as unknown as {
    entry: { response: { location: string } }[];
  };
  const ids = bundle.entry.map(({ response }) => /Observation\/([^/]+)/.exec(response.location)?.[1] ?? '');
  const next = around(ids);
  const desk = newSecret('client');
  const client = { role: 'registrar', name: `Checks desk ${clients}`, actor: 'Practitioner/desk' } as const;
  await ensureClient(context.database, client, { now: Date.now(), token: desk });
  const { grant } = await consentAt(inside, desk, patient, grantee.config.organization);
  const token = await peerToken(grantee.config, inside.config, grant);
  const decided = await authorizePeer(context, token, randomUUID());

  const measured = await race(
    { ...profile, runs: profile.runs * TURNS },
    clients,
    {
      whole: async () => {
        const authority = await authorizePeer(context, token, randomUUID());
        return openRecords(context, authority).read('Observation', next());
      },
      unchecked: async () => {
        if ((await recognise(context.database, hashSecret(token))) === undefined) throw new Error('the token is gone');
        return openRecords(context, { ...decided, requestId: randomUUID() }).read('Observation', next());
      },
      judged: () => authorizePeer(context, token, randomUUID()),
      recognised: () => recognise(context.database, hashSecret(token)),
      unlogged: async () => {
        const { scope } = await authorizePeer(context, token, randomUUID());
        return groupsOf(context).reads.submit(async (tx) => {
          const found = await readCurrent(context, tx, scopeFor(scope, 'r', 'Observation'), 'Observation', next());
          if (!('value' in found)) throw new Error('the benchmark could not read its record');
          return { found, entries: [] };
        });
      },
    },
    processorOf('inside', site),
  );
  const { whole, unchecked, unlogged, judged, recognised } = measured;
  const http = await overHttp(site, grantee, clients);
  const row = (label: string, pacing: Pacing, without?: Pacing): Row => {
    const added = without === undefined ? null : whole.processor - without.processor;
    return {
      labels: [label, String(clients)],
      figures: [
        figure(pacing.rate),
        figure(pacing.processor),
        added === null ? '' : share(added, pacing.processor),
        added === null ? '' : share(added, http.processor),
      ],
    };
  };
  return [
    row('whole, over HTTP', http),
    row('whole', whole),
    row('without the check', unchecked, unchecked),
    row('without the entry', unlogged, unlogged),
    {
      labels: ['the check by itself', String(clients)],
      figures: ['', ...shares(judged.processor - recognised.processor, whole, http)],
    },
  ];
}

/**
 * A clock of the processor time that a node takes, with PostgreSQL's backends for it: the node in this process, or the one in a process of its own (then of all
 * databases but this one's). In milliseconds; where the system does not tell of other processes (it is asked as Linux is), they count for nothing.
 */
function processorOf(node: 'inside' | 'custodian', { inside, custodian }: Site): () => Promise<number> {
  const { database } = inside.context;
  // What a backend has taken stays taken when it ends.
  const taken = new Map<number, number>();
  const which = node === 'inside' ? '=' : '<>';
  return async () => {
    const { user, system } = process.cpuUsage();
    const own = node === 'inside' ? (user + system) / 1000 : ticksOf(custodian.pid);
    if (database.engine === 'postgres') {
      const backends = await database.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname ${which} current_database()`,
      );
      for (const { pid } of backends) taken.set(pid, Math.max(ticksOf(pid), taken.get(pid) ?? 0));
    }
    return [...taken.values()].reduce((sum, time) => sum + time, own);
  };
}

/** Processor time of a process so far, in milliseconds, by hundredths of a second. */
function ticksOf(pid: number): number {
  try {
    // Behind the name, which may have spaces: state is field 3, utime 14, stime 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

function shares(added: number, whole: Pacing, http: Pacing): string[] {
  return [figure(added), share(added, whole.processor - added), share(added, http.processor)];
}

async function overHttp(site: Site, grantee: Server, clients: number): Promise<Pacing> {
  const { custodian, profile } = site;
  const staff = clinicianOf(site, 1);
  const patient = `Patient/${(await staff.json('POST', `${FHIR}/Patient`, 201, patientOf(30_000 + clients))).id}`;
  const answer = await staff.json('POST', FHIR, 200, measurements(patient, 0, profile.observations));
  const entries = answer.entry as { response: { location: string } }[];
  const next = around(entries.map(({ response }) => new URL(response.location).pathname.replace(/\/_history.*/, '')));
  const { grant } = await consentAt(custodian, custodian.tokens.registrar ?? '', patient, grantee.config.organization);
  const peer = openHttp(custodian.url, await peerToken(grantee.config, custodian.config, grant), clients);
  const { http } = await race(
    profile,
    clients,
    { http: () => peer.ask('GET', next(), 200) },
    processorOf('custodian', site),
  );
  await Promise.all([staff.close(), peer.close()]);
  return http;
}
