import { join } from 'node:path';
import { createClient, type Signer, signConsent, subjectAccount } from '@anamnesis/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Hospitals, newFolder, startHospitals, termsFor } from '../testing/hospitals.ts';
import {
  bytesIn,
  type Canary,
  findCanaries,
  readState,
  type SeenTransaction,
  watchChain,
  wordsOf,
} from '../testing/watcher.ts';

/*
 * Somebody watches the ledger through all of the story: records, two relations of one patient, consents, reads, refusals, all of it sealed. She knows every
 * patient's data already and looks for any of it (promise P4).
 */

let folder: Awaited<ReturnType<typeof newFolder>>;
let world: Hospitals;
let seen: SeenTransaction[];
let state: string;
let canaries: Canary[];
const subjects: Signer[] = [];

beforeAll(async () => {
  folder = await newFolder();
  world = await startHospitals(folder.path, { watchEveryMs: 0 });
  const { aldhelm, luzNova, maria, domain, testbed } = world;
  const { chainId } = testbed.ledger.deployment;
  // Maria is a patient of Luz Nova as well, under another subject.
  const there = subjectAccount(testbed.cast.maria.seed, { chainId, organization: luzNova.organization });
  const own = createClient({
    baseUrl: luzNova.url,
    session: { signer: there, organization: luzNova.organization, chainId },
  });
  subjects.push(maria.signer, there);

  const { terms, signature } = await maria.client.grantConsent({
    terms: termsFor(world),
    domain,
    signer: maria.signer,
  });
  await world.silva.fetchFromPeer({ terms, signature, custodian: aldhelm.organization, purpose: 'TREAT' });
  const back = { ...termsFor(world), subject: there.address, grantee: aldhelm.organization };
  await own.grantConsent({ terms: back, domain, signer: there });
  // Some that nobody ever hears of on the ledger.
  for (let at = 0; at < 5; at++) await signConsent(termsFor(world), domain, maria.signer);
  await Promise.all([
    maria.client.revokeConsent({ subject: terms.subject, index: terms.index, domain, signer: maria.signer }),
    own.revokeConsent({ subject: there.address, index: back.index, domain, signer: there }),
  ]);
  for (const { subject, index } of [terms, back]) {
    await eventually('the refusal on the ledger', async () =>
      (await world.ledger.isRevoked({ subject, index })) ? true : null,
    );
  }
  for (const node of [aldhelm, luzNova]) await node.running.checkpoints.sealNow();
  canaries = [
    ...(await canariesOf(aldhelm.running.context.database, 'St. Aldhelm')),
    ...(await canariesOf(luzNova.running.context.database, 'Luz Nova')),
  ];
  for (const name of [world.testbed.cast.silva.name, world.testbed.cast.silva.practitioner])
    canaries.push({ name: 'practitioner', value: name });
  seen = await watchChain(testbed.ledger.rpcUrl);
  await world.stop();
  state = await readState(join(folder.path, 'ledger'));
});
afterAll(async () => {
  await world.stop();
  await folder.remove();
});

/** Everything of its patients that a database tells in its search rows: ids, identifiers, names, days of birth, addresses, codes. */
async function canariesOf(
  database: { query<Row extends object>(sql: string): Promise<Row[]> },
  where: string,
): Promise<Canary[]> {
  const rows = await database.query<{ kind: string; value: string }>(
    `select 'id' as kind, type || '/' || id as value from resource where patient is not null
     union select 'id', id from resource where patient is not null
     union select 'code', s.code from search_token s join resource r using (row_id) where r.patient is not null and length(s.code) >= 5
       and s.system in ('http://loinc.org', 'http://snomed.info/sct', 'http://www.nlm.nih.gov/research/umls/rxnorm', 'http://hl7.org/fhir/sid/icd-10')
     union select 'identifier', s.code from search_token s join resource r using (row_id) where r.type = 'Patient' and length(s.code) >= 6
     union select 'text', s.value from search_string s join resource r using (row_id) where r.type = 'Patient' and length(s.value) >= 5`,
  );
  const births = await database.query<{ low: number }>(
    `select distinct low from search_date d join resource r using (row_id) where r.type = 'Patient'`,
  );
  const days = births.flatMap(({ low }) => {
    const day = new Date(low).toISOString().slice(0, 10);
    return [day, day.replaceAll('-', ''), day.split('-').reverse().join('.'), day.split('-').reverse().join('/')];
  });
  return [
    ...rows.map(({ kind, value }) => ({ name: `${where} ${kind} ${value}`, value })),
    ...days.map((value) => ({ name: `${where} day ${value}`, value })),
  ];
}

describe('who watches the ledger', () => {
  test('default: finds no identifier, name, day of birth, address or code, nor an unsalted hash of one, in any form', () => {
    expect(canaries.length).toBeGreaterThan(300);
    const kinds = new Set(
      canaries.map(({ name }) => name.split(' ').at(name.startsWith('St.') || name.startsWith('Luz') ? 2 : 0)),
    );
    for (const kind of ['id', 'code', 'identifier', 'text', 'day']) expect(kinds).toContain(kind);
    const transactions = JSON.stringify(seen);
    expect(seen.length).toBeGreaterThan(20);
    for (const text of [transactions, state]) {
      expect(findCanaries(bytesIn(text), canaries)).toEqual([]);
      expect(
        findCanaries(
          Buffer.from(text),
          canaries.filter(({ value }) => value.length >= 8),
        ),
      ).toEqual([]);
    }
  });

  test('behavior: the search finds what is there: a canary let loose in each form', () => {
    const [canary] = canaries.filter(({ name }) => name.includes(' identifier '));
    if (canary === undefined) throw new Error('there are identifiers');
    for (const value of [canary.value, Buffer.from(canary.value).reverse().toString()]) {
      const planted = bytesIn(
        `${state.slice(0, 100_000)} 0x${'00'.repeat(7)}${Buffer.from(value).toString('hex')}${'ff'.repeat(9)}`,
      );
      expect(findCanaries(planted, [canary])).not.toEqual([]);
    }
    // The subject’s own address is what the ledger is about: the same search finds that.
    const address = subjects[0]?.address.slice(2).toLowerCase() ?? '';
    expect(bytesIn(state).includes(Buffer.from(address, 'hex'))).toBe(true);
  });

  test('default: two subjects of one patient share no value, no transaction and no block', () => {
    const [one, other] = subjects.map(({ address }) => {
      const hex = address.slice(2).toLowerCase();
      return seen.filter((transaction) => JSON.stringify(transaction).toLowerCase().includes(hex));
    });
    expect(one?.length).toBeGreaterThan(0);
    expect(other?.length).toBeGreaterThan(0);
    for (const first of one ?? []) {
      for (const second of other ?? []) {
        expect(first.hash).not.toBe(second.hash);
        expect(first.block).not.toBe(second.block);
        // Each was carried by its own hospital.
        expect(first.from).not.toBe(second.from);
        const shared = [...wordsOf(first)].filter((word) => wordsOf(second).has(word));
        expect(shared).toEqual([]);
      }
    }
  });

  test('behavior: of consents nothing is there but the number of a refused one, and that tells no count', () => {
    const { consents } = world.testbed.ledger.deployment;
    const calls = seen.filter(({ to }) => to?.toLowerCase() === consents.toLowerCase());
    // Eight were signed, two refused: two calls.
    expect(calls.length).toBe(2);
    for (const { logs } of calls) {
      expect(logs).toHaveLength(1);
      const index = Number(BigInt(`0x${logs[0]?.data.slice(2, 66)}`));
      expect(index).toBeGreaterThan(1_000);
    }
  });
});
