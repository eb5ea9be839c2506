import { canonicalize } from '@anamnesis/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../../../testing/databases.ts';
import * as messages from '../../../testing/intake/hl7.ts';
import { found, intakeInto, PATIENTS, type Sender, senderTo, verdict } from '../../../testing/intake/world.ts';
import { readAccessLog } from '../../audit/index.ts';
import type { IntakeContext } from '../context.ts';
import { type MllpListener, openMllp } from './listener.ts';

const { bytesOf, changed } = messages;

/** HL7 v2 over MLLP, from a sender's socket to what a search finds, on one engine. */
export function describeHl7Intake(open: () => Promise<TestDatabase>): void {
  let own: TestDatabase;
  let context: IntakeContext;
  let listener: MllpListener;
  let sender: Sender;

  beforeAll(async () => {
    own = await open();
    context = await intakeInto(own.database);
    listener = await openMllp(context, context.intake.mllp as NonNullable<typeof context.intake.mllp>);
    sender = await senderTo(listener.port);
  });
  afterAll(async () => {
    sender.end();
    await listener.close();
    await own.end();
  });

  const deliver = async (message: string, end?: string): Promise<string> => {
    sender.send(bytesOf(message, end));
    return (await sender.answer()) ?? '';
  };
  const patientId = async (): Promise<string> =>
    (await found(context, 'Patient', `identifier=${PATIENTS}|70012`))[0].id as string;

  test('default: an admission becomes a Patient, an Encounter and who treats her', async () => {
    const answer = await deliver(messages.ADMISSION);
    expect(answer.split('\n')[0]).toMatch(
      /^MSH\|\^~\\&\|ANAMNESIS\|ALDHELM\|PAS\|ALDHELM\|\d{14}\+0000\|\|ACK\^A01\^ACK\|\w+\|P\|2\.5\.1$/,
    );
    expect(verdict(answer)).toBe('CA PAS-1001');
    const [patient] = await found(context, 'Patient', 'identifier=70012');
    expect(patient).toMatchObject({
      identifier: [
        { system: PATIENTS, value: '70012', assigner: { display: 'ALDHELM' } },
        { system: 'urn:oid:2.16.840.1.113883.2.1.4.1', value: '943 476 5919', type: { coding: [{ code: 'NH' }] } },
      ],
      name: [
        { use: 'official', family: 'Costa', given: ['Maria', 'Inês'], prefix: ['Dr'] },
        { use: 'maiden', family: 'Silva' },
      ],
      birthDate: '1980-05-01',
      gender: 'female',
      address: [{ use: 'home', line: ['12 Abbey Lane', 'Flat 3'], city: 'Sherborne', postalCode: 'DT9 3LQ' }],
      maritalStatus: { coding: [{ code: 'M' }, { code: 'M' }] },
      multipleBirthBoolean: false,
    });
    expect(patient.telecom).toEqual([
      { system: 'phone', value: '+44 1935 555014', use: 'home' },
      { system: 'email', value: 'maria@example.org', use: 'home' },
      { system: 'phone', value: '+44 1935 555900', use: 'work' },
    ]);
    const [encounter] = await found(context, 'Encounter', `patient=${patient.id}&class=IMP`);
    expect(encounter).toMatchObject({
      status: 'in-progress',
      period: { start: '2026-11-03T08:00:00+00:00' },
      reasonCode: [{ text: 'Chest pain' }],
      location: [{ location: { display: 'St. Aldhelm, W4, 12, A' } }],
    });
    const [practitioner] = await found(context, 'Practitioner', 'family=hale');
    expect(encounter.participant[0].individual).toEqual({
      reference: `Practitioner/${practitioner.id}`,
      display: 'Dr Rowan Hale',
    });
  });

  test('behavior: the original is kept as it came, withheld from who may not see every class, and named as the source', async () => {
    const [provenance] = await found(context, 'Provenance', `patient=${await patientId()}`);
    expect(provenance.entity[0]).toMatchObject({
      role: 'source',
      what: { identifier: { value: 'PAS|ALDHELM|PAS-1001' } },
    });
    const [type = '', id = ''] = provenance.entity[0].what.reference.split('/');
    const [row] = await own.database.query<{ patient: string; sensitive: number }>(
      'select patient, sensitive from resource where type = $1 and id = $2',
      [type, id],
    );
    expect(row).toEqual({ patient: await patientId(), sensitive: 63 });
    expect(provenance.target.map(({ reference }: { reference: string }) => reference.split('/')[0]).sort()).toEqual([
      'Encounter',
      'Patient',
      'Practitioner',
    ]);
  });

  test('behavior: her access log names the integrator and the message', async () => {
    const { entries } = await readAccessLog(context, own.database, { patient: await patientId() });
    const texts = entries.map(({ event }) => JSON.stringify(event));
    const written = texts.filter((text) => text.includes('PAS|ALDHELM|PAS-1001'));
    expect(written.length).toBeGreaterThan(0);
    expect(
      written.every(
        (text) => text.includes('Device/patient-administration') && text.includes('"patient administration"'),
      ),
    ).toBe(true);
  });

  test('behavior: what is sent again is acknowledged again and changes nothing', async () => {
    const count = async () =>
      (await own.database.query<{ n: number }>('select count(*) as n from resource_version'))[0]?.n;
    const before = await count();
    expect(verdict(await deliver(messages.ADMISSION))).toBe('CA PAS-1001');
    expect(verdict(await deliver(messages.ADMISSION, '\r\n'))).toBe('CA PAS-1001');
    expect(verdict(await deliver(changed(messages.ADMISSION, ['PAS-1001', 'PAS-1001-AGAIN'])))).toBe(
      'CA PAS-1001-AGAIN',
    );
    expect(await count()).toBe(before);
  });

  test('error: another message under an id that was taken is refused, and not lost unseen', async () => {
    const answer = await deliver(changed(messages.ADMISSION, ['Abbey Lane', 'Castle Street']));
    expect(answer).toContain('205^duplicate-key^HL70357');
    expect(verdict(answer)).toBe('CE PAS-1001');
    expect((await found(context, 'Patient', 'identifier=70012'))[0].address[0].line[0]).toBe('12 Abbey Lane');
  });

  test('default: results with units, flags and ranges; lines of one text are one result', async () => {
    expect(verdict(await deliver(messages.RESULTS, '\n'))).toBe('AA 000481');
    const id = await patientId();
    const [haemoglobin] = await found(context, 'Observation', `patient=${id}&code=http://loinc.org|718-7`);
    expect(haemoglobin).toMatchObject({
      status: 'preliminary',
      code: {
        coding: [
          { system: 'http://loinc.org' },
          { system: 'https://anamnesis.example/id/hl7v2/LABOSYS/NORTHLAB/codes/L', code: 'HGB' },
        ],
      },
      effectiveDateTime: '2026-11-03T08:40:00+01:00',
      interpretation: [{ coding: [{ code: 'L' }] }],
      referenceRange: [{ low: { value: 12, code: 'g/dL' }, high: { value: 16 }, text: '12.0-16.0' }],
    });
    // A laboratory's digits are part of what it says.
    expect(canonicalize(haemoglobin)).toContain('"value":11.20}');
    const inUnits = `patient=${id}&value-quantity=112|http://unitsofmeasure.org|g/L`;
    expect((await found(context, 'Observation', inUnits)).length).toBe(1);
    expect((await found(context, 'Observation', `patient=${id}&value-quantity=lt0.6||%25`)).length).toBe(1);
    const [film] = await found(context, 'Observation', `patient=${id}&code=FILM`);
    expect(film.valueString).toBe('Mild hypochromia.\n  No blasts seen & no rouleaux.');
    expect(film.note).toEqual([{ text: 'Seen by the duty haematologist' }]);
    const [report] = await found(context, 'DiagnosticReport', `patient=${id}`);
    expect(report).toMatchObject({
      status: 'preliminary',
      category: [{ coding: [{ code: 'HM' }] }],
      basedOn: [{ type: 'ServiceRequest', identifier: { value: 'ORD-88' } }],
    });
    expect(report.result).toHaveLength(4);
    // Whose visit number this is the laboratory does not say.
    expect(report.encounter).toEqual({
      type: 'Encounter',
      identifier: { system: 'https://anamnesis.example/id/hl7v2/LABOSYS/NORTHLAB/visit', value: 'V5501' },
    });
    expect(await found(context, 'Encounter', `patient=${id}`)).toHaveLength(1);
  });

  test('behavior: a correction is a new version of the same record; a withdrawn result stays to be seen as such', async () => {
    expect(verdict(await deliver(messages.CORRECTION))).toBe('AA 000497');
    const id = await patientId();
    const of = async (code: string) => (await found(context, 'Observation', `patient=${id}&code=${code}`))[0];
    expect(await of('718-7')).toMatchObject({
      status: 'corrected',
      valueQuantity: { value: 12.1 },
      meta: { versionId: '2' },
    });
    expect(await of('6690-2')).toMatchObject({ status: 'final', valueQuantity: { value: 7.4 } });
    expect(await of('RETIC')).toMatchObject({ status: 'entered-in-error' });
    const [report] = await found(context, 'DiagnosticReport', `patient=${id}`);
    expect([report.status, report.result.length, report.meta.versionId]).toEqual(['corrected', 4, '2']);
    const late = changed(messages.RESULTS, ['000481', '000499'], ['20261103101530', '20261103150000']);
    expect(verdict(await deliver(late))).toBe('AA 000499');
    expect(await of('718-7')).toMatchObject({ status: 'corrected', valueQuantity: { value: 12.1 } });
  });

  test('default: an order, its cancellation, and a letter', async () => {
    expect(verdict(await deliver(messages.ORDER))).toBe('AA RIS-7');
    const id = await patientId();
    const order = async () => (await found(context, 'ServiceRequest', `patient=${id}`))[0];
    expect(await order()).toMatchObject({
      status: 'active',
      intent: 'order',
      priority: 'stat',
      encounter: { reference: expect.stringMatching(/^Encounter\//) },
      authoredOn: '2026-11-03T09:00:00+00:00',
      requester: { display: 'Dr Rowan Hale' },
      reasonCode: [{ text: 'Schmerz in der Brust, über Nacht' }],
      note: [{ text: 'Portable if unstable' }],
    });
    expect(verdict(await deliver(messages.CANCELLATION))).toBe('AA RIS-8');
    expect(await order()).toMatchObject({ status: 'revoked', priority: 'stat', meta: { versionId: '2' } });
    expect(verdict(await deliver(messages.LETTER))).toBe('AA D-31');
    const [letter] = await found(context, 'DocumentReference', `patient=${id}`);
    expect(letter).toMatchObject({
      status: 'current',
      docStatus: 'final',
      masterIdentifier: { value: 'DOC-900' },
      type: { coding: [{ code: 'DS' }] },
    });
    expect(Buffer.from(letter.content[0].attachment.data, 'base64').toString()).toBe(
      'Dear Dr Marsh,\nThank you for seeing Mrs Costa.\nShe left well.',
    );
  });

  test('behavior: a discharge ends the visit; what it does not say stays', async () => {
    expect(verdict(await deliver(messages.DISCHARGE))).toBe('AA PAS-1002');
    const [encounter] = await found(context, 'Encounter', `patient=${await patientId()}`);
    expect(encounter).toMatchObject({
      status: 'finished',
      period: { start: '2026-11-03T08:00:00+00:00', end: '2026-11-05T11:30:00+00:00' },
      hospitalization: { dischargeDisposition: { coding: [{ code: '01' }] } },
      reasonCode: [{ text: 'Chest pain' }],
    });
    const [patient] = await found(context, 'Patient', 'identifier=70012');
    expect([patient.address.length, patient.identifier.length]).toEqual([1, 2]);
  });

  test("behavior: HL7's null deletes, an empty field leaves", async () => {
    const update = changed(
      messages.DISCHARGE,
      ['ADT^A03^ADT_A03', 'ADT^A31'],
      ['PAS-1002', 'PAS-1003'],
      ['|F\n', '|F|||""||\n'],
    );
    expect(verdict(await deliver(update))).toBe('AA PAS-1003');
    const [patient] = await found(context, 'Patient', 'identifier=70012');
    expect([patient.address, patient.telecom.length, patient.meta.versionId]).toEqual([undefined, 3, '3']);
  });

  test('behavior: a merge links the two records, moves none, and files what comes later with the survivor', async () => {
    const other = changed(
      messages.RESULTS,
      ['|70012|', '|70999|'],
      ['000481', '000501'],
      ['L260481', 'L260501'],
      ['V5501', 'V9901'],
    );
    expect(verdict(await deliver(other))).toBe('AA 000501');
    const [old] = await found(context, 'Patient', 'identifier=70999');
    expect(verdict(await deliver(messages.MERGE))).toBe('AA PAS-1009');
    const id = await patientId();
    expect((await found(context, 'Patient', 'identifier=70999'))[0]).toMatchObject({
      active: false,
      link: [{ type: 'replaced-by', other: { reference: `Patient/${id}` } }],
    });
    expect((await found(context, 'Patient', 'identifier=70012'))[0].link).toEqual([
      { type: 'replaces', other: { reference: `Patient/${old.id}` } },
    ]);
    expect(await found(context, 'Observation', `patient=${old.id}`)).toHaveLength(4);
    const later = changed(
      messages.RESULTS,
      ['|70012|', '|70999|'],
      ['000481', '000502'],
      ['L260481', 'L260502'],
      ['V5501', 'V9902'],
    );
    expect(verdict(await deliver(later))).toBe('AA 000502');
    expect(await found(context, 'Observation', `patient=${old.id}`)).toHaveLength(4);
    const corrected = changed(
      messages.CORRECTION,
      ['|70012|', '|70999|'],
      ['000497', '000503'],
      ['L260481', 'L260501'],
    );
    expect(await deliver(corrected)).toContain('MSA|AA|000503');
    const [own] = await found(context, 'Observation', `patient=${old.id}&code=718-7`);
    expect(own).toMatchObject({ status: 'corrected', subject: { reference: `Patient/${old.id}` } });
    expect(verdict(await deliver(changed(messages.MERGE, ['PAS-1009', 'PAS-1010'], ['0000+0000', '0100+0000'])))).toBe(
      'AA PAS-1010',
    );
  });

  test('error: what cannot be mapped or is unsafe is refused with a reason, and nothing of it is stored', async () => {
    const count = async () =>
      (await own.database.query<{ n: number }>('select count(*) as n from resource_version'))[0]?.n;
    const before = await count();
    let id = 0;
    const refusedOf = async (message: string, ...pairs: (readonly [string, string])[]) => {
      const own = /\|([\w-]+)\|P\|/.exec(message)?.[1] as string;
      const answer = await deliver(changed(message, [`|${own}|P|`, `|X-${++id}|P|`], ...pairs));
      const error = answer.split('\n').find((line) => line.startsWith('ERR')) ?? '';
      return `${verdict(answer).split(' ')[0]} ${error}`;
    };
    expect(await refusedOf(messages.RESULTS, ['|11.20|', '|eleven|'])).toBe('AE ERR|OBX^1^5^102&data-type&HL70357');
    expect(await refusedOf(messages.RESULTS, ['OBX|2|NM|6690', 'OBX|2|XPN|6690'])).toContain('AE ERR|OBX^2^2^102');
    expect(await refusedOf(messages.RESULTS, ['|20261103084000|', '|20261303084000|'])).toContain('AE ERR|OBR^1^7^102');
    expect(await refusedOf(messages.RESULTS, ['|70012|', '|MRN70012^^^ELSEWHERE|'])).toContain('AE ERR|PID^1^3^101');
    expect(await refusedOf(messages.RESULTS, ['L260481^LABOSYS', ''], ['ORD-88^PAS', ''])).toContain(
      'AE ERR|OBR^1^3^101',
    );
    expect(await refusedOf(messages.RESULTS, ['|HM|P', '|HM|?'])).toContain('AE ERR|OBR^1^25^103');
    expect(await refusedOf(messages.RESULTS, ['\nPV1', '\nnonsense\nPV1'])).toContain('AE ERR|PID^1^^100');
    // The number of an order of hers comes again for somebody else.
    expect(await refusedOf(messages.RESULTS, ['|70012|', '|70777|'], ['V5501', 'V7701'])).toContain(
      'AE ERR|PID^1^3^205',
    );
    expect(await refusedOf(messages.LETTER, ['DOC-900^DICT', ''])).toBe(
      'AE ERR||TXA^1^12^1^1|101^required-field^HL70357|E|||The unique number of the document is missing (TXA[1]-12.1)',
    );
    expect(await refusedOf(messages.ADMISSION, ['ADT^A01^ADT_A01', 'ADT^A17'])).toContain('CR ERR||MSH^1^9^1^2|201');
    expect(await refusedOf(messages.ADMISSION, ['ADT^A01^ADT_A01', 'SIU^S12'])).toContain('CR ERR||MSH^1^9^1^1|200');
    expect(await refusedOf(messages.ADMISSION, ['|2.5.1|', '|2.2|'])).toContain('CR ERR');
    expect(await refusedOf(messages.ADMISSION, ['|PAS|ALDHELM|', '|PAS|ELSEWHERE|'])).toContain('202');
    const processing = changed(messages.ADMISSION, ['|PAS-1001|P|', '|X-T|T|']);
    expect(verdict(await deliver(processing))).toBe('CR X-T');
    expect(await count()).toBe(before);
  });

  test('error: a sender that was ended is refused', async () => {
    await own.database.query(`update client set disabled = true where name = 'dictation'`);
    expect(verdict(await deliver(changed(messages.LETTER, ['D-31', 'D-32'])))).toBe('AR D-32');
  });
}
