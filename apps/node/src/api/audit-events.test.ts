import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validate } from '../modules/records/validation/index.ts';
import { balpFaults, balpProfileOf } from '../testing/balp.ts';
import { ENGINES, type TestDatabase } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { admitOrganization, startWorld, type World } from '../testing/world.ts';

/* The access log as FHIR: AuditEvents in the form of IHE BALP, searched within one patient's compartment. */

// biome-ignore lint/suspicious/noExplicitAny: events are looked into as they are
type Event = any;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe.each(ENGINES)('AuditEvent: $name', ({ open }) => {
  let own: TestDatabase;
  let node: HttpNode;
  const maria: Record<'patient' | 'observation' | 'other', string> = { patient: '', observation: '', other: '' };
  const create = async (resource: object): Promise<string> => {
    const answer = await node.send('POST', `/${(resource as Event).resourceType}`, {
      body: resource,
      token: node.tokens.integrator,
    });
    expect(answer.status).toBe(201);
    return answer.json.id;
  };
  beforeAll(async () => {
    own = await open();
    const id = open === ENGINES[0].open ? 1 : 2;
    const who = await admitOrganization(world, id, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    node = await startHttpNode(world, who, own);
    maria.patient = await create({ resourceType: 'Patient', name: [{ family: 'Hale' }] });
    maria.other = await create({ resourceType: 'Patient', name: [{ family: 'Hale' }] });
    const subject = { reference: `Patient/${maria.patient}` };
    maria.observation = await create({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject });
    const body = {
      resourceType: 'Observation',
      id: maria.observation,
      status: 'amended',
      code: { text: 'x' },
      subject,
    };
    await node.send('PUT', `/Observation/${maria.observation}`, { body });
    await node.send('GET', `/Observation/${maria.observation}`, { headers: { 'x-request-id': 'asked-for-1' } });
    await node.send('GET', '/Patient?family=Hale', { headers: { 'x-purpose-of-use': 'HOPERAT' } });
    const gone = await create({ resourceType: 'Basic', code: { text: 'x' }, subject });
    await node.send('DELETE', `/Basic/${gone}`);
  });
  afterAll(async () => {
    await node.stop();
    await own.end();
  });
  const search = async (query: string, token = node.tokens.clinician) =>
    node.send('GET', `/AuditEvent?patient=${maria.patient}&${query}`, { token });
  const found = async (query: string): Promise<Event[]> =>
    ((await search(query)).json.entry as { resource: Event }[]).map(({ resource }) => resource);
  const actions = async (query: string) => (await found(query)).map(({ action }) => action);

  test('default: who did what, for whom, why: each in the BALP profile that it claims', async () => {
    const events = await found('_count=100');
    const byProfile = new Set(events.map(balpProfileOf));
    expect(byProfile).toEqual(
      new Set(['PatientRead', 'PatientQuery', 'PatientCreate', 'PatientUpdate', 'PatientDelete']),
    );
    for (const event of events) {
      expect(balpFaults(event)).toEqual([]);
      expect(validate(event).filter(({ severity }) => severity === 'error')).toEqual([]);
    }
    const [read] = events.filter((event) => event.action === 'R');
    expect(read).toMatchObject({
      agent: [
        {
          who: { reference: 'Practitioner/clinician' },
          requestor: true,
          purposeOfUse: [{ coding: [{ code: 'TREAT' }] }],
        },
        { who: { type: 'Organization' }, requestor: false },
        { network: { address: '127.0.0.1', type: '2' } },
        { network: { address: 'https://aldhelm.example/fhir/R4', type: '5' } },
      ],
      entity: [
        { what: { reference: `Patient/${maria.patient}` } },
        { what: { reference: `Observation/${maria.observation}/_history/2` } },
        { what: { identifier: { value: 'asked-for-1' } } },
      ],
    });
    expect(read.agent[0].type.coding[0].code).toBe('humanuser');
    const [created] = events.filter((event) => event.action === 'C');
    // The integrator is a program.
    expect(created.agent[0].type.coding[0].code).toBe('110150');
  });

  test('behavior: a query that found two patients is in the log of each, and says nothing of the other', async () => {
    for (const patient of [maria.patient, maria.other]) {
      const { json } = await node.send('GET', `/Patient/${patient}/AuditEvent?action=E&subtype=search-type&_count=100`);
      const events = (json.entry as { resource: Event }[]).map(({ resource }) => resource);
      const query = events.find((event) => event.purposeOfEvent[0].coding[0].code === 'HOPERAT');
      expect(query.entity[0].what.reference).toBe(`Patient/${patient}`);
      expect(atob(query.entity.find((one: Event) => one.query !== undefined).query)).toContain('family=');
      const other = patient === maria.patient ? maria.other : maria.patient;
      expect(JSON.stringify(query)).not.toContain(other);
    }
  });

  test('behavior: searched by date, agent, action, entity, outcome, type, policy, address, name', async () => {
    const day = new Date().toISOString().slice(0, 10);
    expect(await actions('action=U')).toEqual(['U']);
    expect(new Set(await actions('action=C,U'))).toEqual(new Set(['C', 'U']));
    expect((await found(`entity=Observation/${maria.observation}&subtype=read`)).map(({ action }) => action)).toEqual([
      'R',
    ]);
    expect(await actions(`entity=Observation/${maria.observation}/_history/2&action=R`)).toEqual(['R']);
    expect(await actions(`entity=${maria.observation}&action=R&outcome=0`)).toEqual(['R']);
    expect(await actions('agent=Practitioner/clinician&action=U')).toEqual(['U']);
    expect(await actions('agent=Practitioner/nobody')).toEqual([]);
    expect(await actions('agent-name=clinician&action=R')).toEqual(['R']);
    expect(await actions('entity:identifier=asked-for-1')).toEqual(['R']);
    expect(await actions('agent-role=http://dicom.nema.org/resources/ontology/DCM|110150&action=C')).toContain('C');
    expect(await actions('policy=https://anamnesis.example/basis/staff&action=D')).toEqual(['D']);
    expect(await actions('address=127.0.0.1&action=D')).toEqual(['D']);
    expect(await actions('type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest&action=R')).toEqual(['R']);
    expect(await actions(`date=${day}&action=R`)).toEqual(['R']);
    expect(await actions(`date=lt${day}`)).toEqual([]);
    expect(await actions('date=ge2020&date=lt2021')).toEqual([]);
    for (const bad of ['date=yesterday', 'date=ne2020', '_sort=agent', '_count=x', 'patient=Practitioner/x'])
      expect((await search(bad)).status).toBe(400);
    expect((await search('colour=red')).json.entry).not.toEqual([]);
    const strict = { headers: { prefer: 'handling=strict' } };
    expect((await node.send('GET', `/AuditEvent?patient=${maria.patient}&colour=red`, strict)).status).toBe(400);
  });

  test('behavior: page after page, nothing twice and nothing left out; one by its id; by POST', async () => {
    const all = (await found('date=le2100&_count=1000')).map(({ id }) => id);
    const paged: string[] = [];
    // Looks are logged themselves, so what came later is left out by the place.
    let next = `/AuditEvent?patient=${maria.patient}&_count=2&action=C,R,U,D`;
    while (next !== '') {
      const { json } = await node.send('GET', next);
      paged.push(...json.entry.map(({ resource }: Event) => resource.id));
      const link = json.link.find(({ relation }: Event) => relation === 'next')?.url as string | undefined;
      next = link?.replace('https://aldhelm.example/fhir/R4', '') ?? '';
    }
    expect(new Set(paged).size).toBe(paged.length);
    const wanted = (await found('action=C,R,U,D&_count=1000')).map(({ id }) => id);
    expect(paged).toEqual(wanted);
    expect(all).toEqual(expect.arrayContaining(paged));
    const one = await node.send('GET', `/AuditEvent/${paged[0]}`);
    expect(one.json).toMatchObject({ resourceType: 'AuditEvent', id: paged[0] });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await node.send('POST', '/AuditEvent/_search', {
      headers,
      body: `patient=${maria.patient}&action=U`,
    });
    expect(posted.json.entry).toHaveLength(1);
  });

  test('error: not without a patient, not for an operator, not for a stranger', async () => {
    expect((await node.send('GET', '/AuditEvent')).status).toBe(400);
    expect((await search('', node.tokens.operator)).status).toBe(403);
    expect((await node.send('GET', '/AuditEvent', { token: null })).status).toBe(401);
    const [{ id }] = await found('_count=1');
    expect((await node.send('GET', `/AuditEvent/${id}`, { token: node.tokens.operator })).status).toBe(403);
  });

  test('error: a read whose entry cannot be written fails, and shows nothing; likewise a write', async () => {
    const { database } = own;
    const before = await database.query<{ size: number }>("select size from log where name = 'access'");
    const paths = [
      `/Observation/${maria.observation}`,
      `/Observation?subject=Patient/${maria.patient}`,
      `/Patient/${maria.patient}/$everything`,
      `/Observation/${maria.observation}/_history`,
    ];
    await database.query('alter table access_entry rename to access_entry_away');
    try {
      for (const path of paths) {
        const answer = await node.send('GET', path);
        expect([path, answer.status >= 500]).toEqual([path, true]);
        expect(answer.json).toMatchObject({ resourceType: 'OperationOutcome' });
        expect(answer.text).not.toContain('"status":"amended"');
      }
      const body = { resourceType: 'Basic', code: { text: 'unlogged' } };
      expect((await node.send('POST', '/Basic', { body })).status).toBeGreaterThanOrEqual(500);
    } finally {
      await database.query('alter table access_entry_away rename to access_entry');
    }
    // A right taken away: the rows of one table refused by the database itself.
    await database.query(
      "create function no_entry() returns trigger language plpgsql as $$ begin raise 'refused'; end $$",
    );
    await database.query(
      'create trigger no_entry before insert on access_entry for each row execute function no_entry()',
    );
    for (const path of paths) expect((await node.send('GET', path)).status).toBeGreaterThanOrEqual(500);
    await database.query('drop trigger no_entry on access_entry');
    expect(await database.query("select size from log where name = 'access'")).toEqual(before);
    expect((await node.send('GET', '/Basic?_summary=count')).json.total).toBe(0);
    expect((await node.send('GET', paths[0] as string)).status).toBe(200);
  });
});
