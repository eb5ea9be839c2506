import { createHash, randomBytes } from 'node:crypto';
import { canonicalize, commitmentOf } from '@anamnesis/protocol';
import { appendAccess } from '../../../apps/node/src/modules/audit/index.ts';
import { accessEntries } from '../../../apps/node/src/modules/records/access.ts';
import { openRecords, openRecordWriter } from '../../../apps/node/src/modules/records/index.ts';
import { appendLeaves, type Transaction } from '../../../apps/node/src/storage/index.ts';
import { clinicianAt } from '../authority.ts';
import { figure, type Row, share, type Table } from '../report.ts';
import { race } from '../runner.ts';
import { observation } from '../samples.ts';
import { around, type Site } from '../site.ts';

const MANY = 100;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/**
 * What each log costs. The node's own functions run on prepared inputs in transactions that also touch a row of a scratch table, so that
 * every variant pays one commit; what a variant takes beyond the bare one is the log's. They take turns with whole creates and reads.
 */
export async function logs(site: Site): Promise<Table> {
  const { context } = site.inside;
  const { database } = context;
  await database.query('create table bench_scratch (at int primary key, value int)');
  await database.query('insert into bench_scratch values (1, 0)');
  const authority = clinicianAt(site.inside);
  const patientOf = around(site.insideSeeded.patients);
  const observationOf = around(site.insideSeeded.observations);
  const writer = openRecordWriter(context, authority);
  const reader = openRecords(context, authority);
  let number = 0;

  const committing = (work: (tx: Transaction) => Promise<unknown>) => () =>
    database.transaction(async (tx) => {
      await tx.query('update bench_scratch set value = value + $1 where at = 1', [1]);
      await work(tx);
    });
  const leaves = (count: number) => async (tx: Transaction) => {
    const text = texts();
    const identity = { kind: 'record', ...context.ledger } as const;
    const commitments = Array.from({ length: count }, () => commitmentOf(identity, randomBytes(32), text, sha256));
    await appendLeaves(tx, 'records', commitments);
  };
  const texts = around(Array.from({ length: 64 }, (_, at) => canonicalize(observation('Patient/prepared', at))));
  const entries = (count: number) => (tx: Transaction) => {
    const access = { at: Date.now(), action: 'read' } as const;
    const made = Array.from({ length: count }, () => {
      const patient = patientOf().replace('Patient/', '');
      return accessEntries(authority, access, [{ patient, entity: `${observationOf()}/_history/1` }]);
    });
    return appendAccess(context, tx, made.flat());
  };

  const measured = await race(site.profile, 1, {
    bare: committing(async () => {}),
    leaf: committing(leaves(1)),
    leaves: committing(leaves(MANY)),
    entry: committing(entries(1)),
    entries: committing(entries(MANY)),
    create: () => writer.create(observation(patientOf(), number++)),
    read: () => reader.read('Observation', observationOf().replace('Observation/', '')),
  });
  await database.query('drop table bench_scratch');
  const { bare, create, read } = measured;
  const beyond = (name: keyof typeof measured): number => measured[name].p50 - bare.p50;
  const row = (label: string, milliseconds: number, ofCreate: boolean, ofRead: boolean): Row => ({
    labels: [label],
    figures: [
      figure(milliseconds),
      ofCreate ? share(milliseconds, create.p50) : '–',
      ofRead ? share(milliseconds, read.p50) : '–',
    ],
  });
  return {
    title: 'What each log costs',
    note: `Milliseconds by median, beyond a transaction that commits one row; one client, in the process of the node. Share of a whole create and of a whole read. A group of ${MANY} shares one lock and one statement, as in a transaction bundle or under load.`,
    labels: ['what'],
    figures: ['ms', 'of a create', 'of a read'],
    rows: [
      row('record log: a leaf', beyond('leaf'), true, false),
      row(`record log: a leaf of ${MANY}`, beyond('leaves') / MANY, true, false),
      row('access log: an entry', beyond('entry'), true, true),
      row(`access log: an entry of ${MANY}`, beyond('entries') / MANY, true, true),
      row('the commit by itself', bare.p50, true, true),
      row('a whole create', create.p50, true, false),
      row('a whole read', read.p50, false, true),
    ],
  };
}
