import {
  ContentKeys,
  type Finding,
  keysPath,
  openNodeKeys,
  type Queryable,
  reindexRecords,
  selfCheck,
} from '@anamnesis/node';
import { fromBase64Url } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Hospitals, newFolder, startHospitals, termsFor } from '../testing/hospitals.ts';
import { TABLES } from '../testing/tables.ts';

/*
 * Somebody with the database, and even with the node's keys, changes rows behind its back: each change of each column of each table that the logs commit to is
 * told, with the record named. Backups, forks and dropped checkpoints: transparency.test.ts and monitorNodes.test.ts.
 */

let folder: Awaited<ReturnType<typeof newFolder>>;
let world: Hospitals;
let master: Uint8Array;
let observation: { id: string; leaf: number; other: string };

beforeAll(async () => {
  folder = await newFolder();
  world = await startHospitals(folder.path, { watchEveryMs: 0 });
  const { client, signer, patient } = world.maria;
  const { terms, signature } = await client.grantConsent({ terms: termsFor(world), domain: world.domain, signer });
  await world.silva.fetchFromPeer({ terms, signature, custodian: world.aldhelm.organization, purpose: 'TREAT' });
  // One record of several versions, one that is deleted.
  const subject = { reference: `Patient/${patient}` };
  const code = { coding: [{ system: 'http://loinc.org', code: '4548-4' }] };
  const created = await world.desk.fhir.create({ resourceType: 'Observation', status: 'final', code, subject });
  const id = created.id ?? '';
  const valueQuantity = { value: 48, unit: 'mmol/mol', system: 'http://unitsofmeasure.org', code: 'mmol/mol' };
  await world.desk.fhir.update({ resourceType: 'Observation', id, status: 'amended', code, subject, valueQuantity });
  const gone = await world.desk.fhir.create({ resourceType: 'Observation', status: 'final', code, subject });
  await world.desk.fhir.remove('Observation', gone.id ?? '');
  await world.aldhelm.running.checkpoints.sealNow();
  master = fromBase64Url((await openNodeKeys(keysPath(world.aldhelm.running.config))).master) ?? new Uint8Array(0);
  const [row] = await database().query<{ leaf: number }>(
    `select leaf_index as leaf from resource_version where type = 'Observation' and id = $1 and version = 2`,
    [id],
  );
  observation = { id, leaf: row?.leaf ?? 0, other: gone.id ?? '' };
});
afterAll(async () => {
  await world.stop();
  await folder.remove();
});

const database = () => world.aldhelm.running.context.database;
class Undone extends Error {}

/** What the check finds after some statements, which are undone. No key is remembered from before. */
async function after(...statements: readonly string[]): Promise<readonly Finding[]> {
  let findings: readonly Finding[] = [];
  const context = { ...world.aldhelm.running.context, keys: new ContentKeys(master) };
  await database()
    .transaction(async (tx) => {
      for (const statement of statements) await tx.query(statement);
      findings = (await selfCheck(context, tx)).findings;
      throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  return findings;
}

const named = (findings: readonly Finding[]): string[] => findings.map(({ where }) => where);

interface Column {
  readonly name: string;
  readonly type: string;
}

async function columnsOf(q: Queryable, table: string): Promise<Column[]> {
  return q.query<Column>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'public' and table_name = $1 order by ordinal_position`,
    [table],
  );
}

/** SQL for another value of a column. */
function another({ name, type }: Column): string {
  switch (type) {
    case 'boolean':
      return `not ${name}`;
    case 'bytea':
      return `case when ${name} is null or length(${name}) = 0 then '\\x01'::bytea else set_byte(${name}, length(${name}) - 1, get_byte(${name}, length(${name}) - 1) # 1) end`;
    case 'timestamp with time zone':
      return `${name} - interval '1 day'`;
    case 'text':
      return name === 'method'
        ? `case when method = 'DELETE' then 'PUT' else 'DELETE' end`
        : `coalesce(${name}, '') || 'x'`;
    default:
      return name.endsWith('index') || name === 'row_id' ? `${name} + 1000000` : `coalesce(${name}, 0) + 1`;
  }
}

describe('every table', () => {
  test('default: is known, and what becomes of a lie in it', async () => {
    const rows = await database().query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
    );
    const found = rows.map(({ name }) => name);
    expect(found.filter((name) => TABLES[name] === undefined)).toEqual([]);
    expect(Object.keys(TABLES).filter((name) => !found.includes(name))).toEqual([]);
  });

  test('default: an honest database has no findings', async () => {
    expect(await after()).toEqual([]);
  });
});

describe('what the logs commit to', () => {
  const reference = (version: number): string => `Observation/${observation.id}/_history/${version}`;
  const rowOf: Readonly<Record<string, () => { where: string; names: readonly (string | RegExp)[] }>> = {
    resource: () => ({
      where: `type = 'Observation' and id = '${observation.id}'`,
      names: [reference(2), reference(3), /Observationx\/.*\/_history\/2/, new RegExp(`${observation.id}x/_history/2`)],
    }),
    resource_version: () => ({
      where: `leaf_index = ${observation.leaf}`,
      names: [
        reference(2),
        reference(3),
        `records log, leaf ${observation.leaf}`,
        /Observationx\/.*\/_history\/2/,
        new RegExp(`${observation.id}x/_history/2`),
      ],
    }),
    access_entry: () => ({ where: 'leaf_index = 5', names: [/^AuditEvent\//, 'access log, leaf 5'] }),
    log: () => ({ where: `name = 'records'`, names: [/^records log/] }),
    log_node: () => ({
      where: `log = 'records' and level = 0 and index = ${observation.leaf}`,
      names: [/^records log/, reference(2)],
    }),
    content_key: () => ({ where: `owner = 'Patient/${world.maria.patient}'`, names: [reference(2)] }),
    consent: () => ({ where: 'true', names: [/^Consent\/0x/] }),
  };
  const committed = Object.entries(TABLES).flatMap(([name, { kind }]) => (kind === 'committed' ? [name] : []));
  const isNamed = (findings: readonly Finding[], names: readonly (string | RegExp)[]): boolean =>
    named(findings).some((where) =>
      names.some((name) => (typeof name === 'string' ? where === name : name.test(where))),
    );

  test('error: any column changed, dates set back among them: the record is named', async () => {
    const missed: string[] = [];
    let changes = 0;
    for (const table of committed) {
      const { where, names } = rowOf[table]?.() ?? { where: 'true', names: [] };
      for (const column of await columnsOf(database(), table)) {
        // What a key's row says of its making decides nothing; its owner is found by the records of the patient, who gets a new one.
        if (table === 'content_key' && column.name !== 'id' && column.name !== 'wrapped') continue;
        // A consent's arrival is in the access log; the row repeats it.
        if (table === 'consent' && column.name === 'received_at') continue;
        // An internal number: the search rows hang on it, and are missed there.
        const own = column.name === 'row_id' ? ['alter table resource alter column row_id drop identity'] : [];
        const findings = await after(...own, `update ${table} set ${column.name} = ${another(column)} where ${where}`);
        changes++;
        if (!isNamed(findings, names)) missed.push(`${table}.${column.name}: ${JSON.stringify(findings.slice(0, 2))}`);
      }
    }
    expect(missed).toEqual([]);
    expect(changes).toBeGreaterThan(40);
  });

  test('error: a row deleted, put in, swapped with another, put in another place', async () => {
    const { id, leaf, other } = observation;
    const own = `type = 'Observation' and id = '${id}'`;
    const told = async (names: readonly (string | RegExp)[], ...statements: string[]): Promise<void> => {
      const findings = await after(...statements);
      expect([statements, named(findings).slice(0, 3), isNamed(findings, names)]).toEqual([
        statements,
        expect.anything(),
        true,
      ]);
    };
    await told([reference(2)], `delete from resource where ${own}`);
    await told([`records log, leaf ${leaf}`], `delete from resource_version where leaf_index = ${leaf}`);
    await told(['access log, leaf 5'], 'delete from access_entry where leaf_index = 5');
    await told([/^records log/], `delete from log where name = 'records'`);
    await told(
      [`records log, leaf ${leaf}`],
      `delete from log_node where log = 'records' and level = 0 and index = ${leaf}`,
    );
    await told([/^records log, leaves/], `delete from log_node where log = 'records' and level = 3 and index = 1`);
    await told([reference(2)], `delete from content_key where owner = 'Patient/${world.maria.patient}'`);
    // Put in: a version beyond the log, an entry beyond it, a record that was never written, a hash beyond the end.
    const copy = `select 1000000, type, id, 9, 'PUT', last_updated, patient, category, sensitive, care_at, key_id, salt, content from resource_version where leaf_index = ${leaf}`;
    await told(
      [`Observation/${id}/_history/9`],
      `insert into resource_version (leaf_index, type, id, version, method, last_updated, patient, category, sensitive, care_at, key_id, salt, content) ${copy}`,
    );
    await told(
      [/^AuditEvent\/forged/],
      `insert into access_entry (leaf_index, id, recorded, patient, key_id, salt, content) select 1000000, 'forged', recorded, patient, key_id, salt, content from access_entry where leaf_index = 5`,
    );
    await told(
      [/^Observation\/forged/],
      `insert into resource (type, id, version, deleted, last_updated, patient, category, sensitive, care_at, key_id, content) select type, 'forged', version, deleted, last_updated, patient, category, sensitive, care_at, key_id, content from resource where ${own}`,
    );
    await told(
      [/^records log/],
      `insert into log_node (log, level, index, hash, entry) select log, level, 1000000, hash, entry from log_node where log = 'records' and level = 0 and index = ${leaf}`,
    );
    // Swapped: contents of two records, of two entries, of two versions; two leaves of the log.
    const swap = (table: string, columns: readonly string[], key: string, a: string, b: string): string =>
      `update ${table} t set ${columns.map((one) => `${one} = o.${one}`).join(', ')} from ${table} o where (t.${key} = ${a} and o.${key} = ${b}) or (t.${key} = ${b} and o.${key} = ${a})`;
    await told(
      [reference(1)],
      swap('resource_version', ['content', 'salt', 'key_id'], 'leaf_index', String(leaf - 1), String(leaf)),
    );
    await told(
      [/^AuditEvent\//],
      swap('access_entry', ['content', 'salt', 'key_id', 'patient'], 'leaf_index', '5', '6'),
    );
    await told([/^Observation\//], swap('resource', ['content', 'key_id'], 'id', `'${id}'`, `'${other}'`));
    const leaves = `log_node t set hash = o.hash, entry = o.entry from log_node o where t.log = 'records' and o.log = 'records' and t.level = 0 and o.level = 0`;
    await told(
      [reference(2)],
      `update ${leaves} and ((t.index = ${leaf} and o.index = ${leaf - 1}) or (t.index = ${leaf - 1} and o.index = ${leaf}))`,
    );
    // Put in another order: rows that change places.
    const move = (table: string, a: number, b: number): string[] => [
      `update ${table} set leaf_index = -1 where leaf_index = ${a}`,
      `update ${table} set leaf_index = ${a} where leaf_index = ${b}`,
      `update ${table} set leaf_index = ${b} where leaf_index = -1`,
    ];
    await told([reference(1), reference(2)], ...move('resource_version', leaf - 1, leaf));
    await told([/^AuditEvent\//], ...move('access_entry', 5, 6));
    // Hidden as if it had been erased, with a receipt of one's own making.
    await told(
      [`records log, leaf ${leaf}`, 'erasure e'],
      `insert into erasure (id, at, receipt) values ('e', 0, 'e30.e30.AA')`,
      `insert into erased_leaf (log, leaf_index, erasure) values ('records', ${leaf}, 'e')`,
      `delete from resource_version where leaf_index = ${leaf}`,
    );
  });

  test('behavior: what is harmless: the row says nothing that anybody relies on', async () => {
    // POST or PUT for a first version: shown in history, decides nothing.
    expect(
      await after(
        `update resource_version set method = 'PUT' where version = 1 and method = 'POST' and type = 'Observation'`,
      ),
    ).toEqual([]);
    expect(await after(`update content_key set created_at = created_at - interval '1 year'`)).toEqual([]);
  });
});

describe('what is made from it', () => {
  test('error: a search row changed, deleted or put in is told by the record, and made anew', async () => {
    const [{ row_id: row } = { row_id: 0 }] = await database().query<{ row_id: number }>(
      `select row_id from resource where type = 'Observation' and id = $1`,
      [observation.id],
    );
    const reference = `Observation/${observation.id}/_history/2`;
    for (const kind of ['token', 'string', 'date', 'quantity', 'reference']) {
      const table = `search_${kind}`;
      const [found] = await database().query(`select 1 from ${table} where row_id = ${row} limit 1`);
      if (found !== undefined) {
        // Each column of one of them, and the first of the others: they are compared in the same way.
        const columns = await columnsOf(database(), table);
        for (const column of kind === 'token' ? columns : columns.slice(0, 1)) {
          const value = column.type === 'double precision' ? `${column.name} + 1` : another(column);
          expect([
            table,
            column.name,
            named(await after(`update ${table} set ${column.name} = ${value} where row_id = ${row}`)).includes(
              reference,
            ),
          ]).toEqual([table, column.name, true]);
        }
        expect(named(await after(`delete from ${table} where row_id = ${row}`))).toContain(reference);
      }
      const [any] = await database().query<{ row_id: number }>(`select row_id from ${table} limit 1`);
      expect(await after(`insert into ${table} select * from ${table} where row_id = ${any?.row_id}`)).not.toEqual([]);
    }
    await database().query(`delete from search_token where row_id = ${row}`);
    await database().query('delete from search_index');
    await reindexRecords(world.aldhelm.running.context);
    expect(await after()).toEqual([]);
  });

  test('behavior: what the node believes of the ledger is read anew when it was changed', async () => {
    const snapshot = async (): Promise<unknown[]> => {
      const kept: unknown[] = [];
      for (const table of [
        'ledger_organization',
        'ledger_subject',
        'ledger_revocation',
        'ledger_checkpoint',
        'ledger_event',
      ]) {
        kept.push(await database().query(`select * from ${table} where block <= ${height} order by 1, 2, 3`));
      }
      return kept;
    };
    const [{ height } = { height: 0 }] = await database().query<{ height: number }>(
      'select max(block)::int as height from ledger_event',
    );
    const before = await snapshot();
    await database().query('update ledger_organization set active = not active, roles = roles + 1');
    await database().query(
      `update ledger_checkpoint set root = '0x00' where organization <> ${world.aldhelm.organization}`,
    );
    await database().query(`delete from ledger_event where block = ${height}`);
    await database().query(`update ledger_scope set scope = 'read anew'`);
    await world.stop();
    world = await startHospitals(folder.path, { watchEveryMs: 0 });
    await eventually('the ledger, read anew', async () =>
      JSON.stringify(await snapshot()) === JSON.stringify(before) ? true : null,
    );
  });

  test('behavior: somebody put in who may come in: what she reads is in the patient’s log under her name', async () => {
    const { url, tokens } = world.aldhelm;
    // Somebody of the desk, by another name.
    await database().query(
      `update client set name = 'Intruder', actor = 'Practitioner/intruder' where name = 'Duty clinician'`,
    );
    const headers = { authorization: `Bearer ${tokens.clinician}` };
    expect((await fetch(`${url}/fhir/R4/Patient/${world.maria.patient}`, { headers })).status).toBe(200);
    const { entries } = await world.maria.client.getAccessLog({ count: 5 });
    expect(JSON.stringify(entries.map(({ event }) => event))).toContain('Intruder');
  });
});
