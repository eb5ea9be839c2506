import { canonicalize } from '@anamnesis/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../../../testing/databases.ts';
import { allergy, ccd, section } from '../../../testing/intake/ccd.ts';
import { ADMISSION, bytesOf } from '../../../testing/intake/hl7.ts';
import { found, intakeInto, PATIENTS } from '../../../testing/intake/world.ts';
import { clinician } from '../../../testing/records-world.ts';
import type { IntakeContext } from '../context.ts';
import { receiveHl7 } from '../hl7/receive.ts';
import { receiveCcda } from './receive.ts';

/** C-CDA documents, from their bytes to what a search finds, on one engine. */
export function describeCcdaIntake(open: () => Promise<TestDatabase>): void {
  let own: TestDatabase;
  let context: IntakeContext;
  let id: string;
  const integrator = clinician({ actor: 'Device/luz-nova', display: 'Luz Nova', automatic: true });
  const receive = (text: string) => receiveCcda(context, integrator, Buffer.from(text));
  const refusalOf = (text: string): Promise<string> =>
    receive(text).then(
      () => 'taken',
      (error) => `${error.status} ${error.message}`,
    );
  const versions = async () =>
    (await own.database.query<{ n: number }>('select count(*) as n from resource_version'))[0]?.n;
  const of = async (type: string, query = '') => found(context, type, `patient=${id}${query}`);

  beforeAll(async () => {
    own = await open();
    context = await intakeInto(own.database);
    await receiveHl7(context, bytesOf(ADMISSION), {});
    id = (await found(context, 'Patient', `identifier=${PATIENTS}|70012`))[0].id;
  });
  afterAll(() => own.end());

  test('default: a document becomes records of the patient whom its identifier names', async () => {
    const kept = await receive(ccd());
    expect(kept).toMatchObject({
      repeated: false,
      updated: 1,
      unmapped: [{ section: 'allergies' }, { section: 'problems' }],
    });
    const [patient] = await found(context, 'Patient', `_id=${id}`);
    expect(patient.identifier.map(({ system }: { system: string }) => system)).toContain(
      'urn:oid:2.16.840.1.113883.19.77',
    );
    expect(patient.telecom).toHaveLength(3);
    const [document] = await of('DocumentReference', '&type=34133-9');
    expect(document).toMatchObject({
      status: 'current',
      date: '2026-11-10T09:30:00+01:00',
      author: [{ display: 'Dr Inês Silva', reference: expect.stringMatching(/^Practitioner\//) }],
      custodian: { display: 'Hospital da Luz Nova' },
      content: [{ attachment: { contentType: 'text/xml', url: `Binary/${kept.original}` } }],
    });
  });

  test('behavior: allergies, what is refuted, and that none is known are three things', async () => {
    const allergies = await of('AllergyIntolerance');
    const byCode = Object.fromEntries(allergies.map((one) => [one.code.coding[0].code, one]));
    expect(Object.keys(byCode).sort()).toEqual(['1191', '429625007', '7980']);
    expect(byCode['7980']).toMatchObject({
      clinicalStatus: { coding: [{ code: 'active' }] },
      verificationStatus: { coding: [{ code: 'confirmed' }] },
      category: ['medication'],
      onsetDateTime: '2009',
      reaction: [{ manifestation: [{ coding: [{ code: '247472004' }] }], severity: 'moderate' }],
    });
    expect(byCode['1191'].verificationStatus.coding[0].code).toBe('refuted');
    expect(byCode['429625007'].verificationStatus.coding[0].code).toBe('confirmed');
  });

  test('behavior: problems that go on, that ended, that were ruled out; what only the narrative says stays in the original', async () => {
    const states = Object.fromEntries(
      (await of('Condition')).map((one) => [
        one.code.coding[0].code,
        `${one.clinicalStatus.coding[0].code} ${one.verificationStatus.coding[0].code}`,
      ]),
    );
    expect(states).toEqual({
      38341003: 'active confirmed',
      233604007: 'resolved confirmed',
      73211009: 'inactive refuted',
    });
    expect((await of('Condition', '&code=http://hl7.org/fhir/sid/icd-10-cm|I10')).length).toBe(1);
    for (const type of ['Condition', 'Observation', 'AllergyIntolerance', 'DocumentReference']) {
      expect(JSON.stringify(await of(type))).not.toContain('narrat');
    }
  });

  test('behavior: what is taken, what is meant to be, what is not; vaccines that were refused', async () => {
    const statements = await of('MedicationStatement');
    expect(statements.map(({ status }) => status).sort()).toEqual(['active', 'not-taken']);
    expect(canonicalize(statements[0])).toContain('"value":1.50}');
    expect(statements[0]).toMatchObject({
      effectivePeriod: { start: '2026-01-01' },
      dosage: [{ timing: { repeat: { period: 12, periodUnit: 'h' } }, route: { coding: [{ code: 'C38288' }] } }],
    });
    expect(await of('MedicationRequest')).toMatchObject([{ status: 'active', intent: 'plan' }]);
    const vaccines = await of('Immunization');
    expect(vaccines.map((one) => [one.status, one.statusReason?.coding[0].code]).sort()).toEqual([
      ['completed', undefined],
      ['not-done', 'PATOBJ'],
    ]);
    expect(await of('Procedure')).toMatchObject([{ status: 'completed', performedDateTime: '1999-06-12' }]);
  });

  test('behavior: results with ranges, comparisons and why there is none; entries with one id are still several', async () => {
    const laboratory = await of('Observation', '&category=laboratory');
    const byCode = Object.fromEntries(laboratory.map((one) => [one.code.coding[0].code, one]));
    expect(byCode['2823-3']).toMatchObject({
      status: 'final',
      valueQuantity: { value: 4.1, code: 'mmol/L' },
      interpretation: [{ coding: [{ code: 'N' }] }],
      referenceRange: [{ low: { value: 3.5 }, high: { value: 5.1 } }],
    });
    expect(byCode['2951-2'].dataAbsentReason.coding[0].code).toBe('asked-unknown');
    expect(byCode['33914-3'].valueQuantity).toMatchObject({ value: 90, comparator: '>' });
    expect((await of('Observation', '&code=8480-6&value-quantity=138')).length).toBe(1);
    expect((await of('Observation', '&category=social-history')).length).toBe(1);
    expect((await of('Encounter', '&class=AMB')).length).toBe(1);
  });

  test('behavior: the same document again changes nothing; a new version changes the same records', async () => {
    const before = await versions();
    const again = await receive(ccd());
    expect([again.repeated, await versions()]).toEqual([true, before]);
    const next = await receive(
      ccd({ id: 'CCD-2', version: '2', effectiveTime: '20261111100000+0100', replaces: 'CCD-1' }),
    );
    expect([next.repeated, next.created]).toEqual([false, 1]);
    expect(await of('Condition')).toHaveLength(3);
    expect((await of('Observation')).length).toBe(5);
    const documents = await of('DocumentReference', '&type=34133-9');
    expect(documents.map(({ status }) => status).sort()).toEqual(['current', 'superseded']);
    expect(documents.find(({ status }) => status === 'current').relatesTo[0]).toMatchObject({ code: 'replaces' });
  });

  test('error: an older version, another content under a known id, and what is nobody here', async () => {
    const before = await versions();
    const older = { id: 'CCD-0', version: '0', effectiveTime: '20261001100000+0100' };
    expect(await refusalOf(ccd(older))).toBe('409 A newer version of this document was taken before');
    expect(await refusalOf(ccd({ sections: '' }))).toMatch(/^409 /);
    const elsewhere = ccd().replace('2.16.840.1.113883.19.5"', '2.16.840.1.113883.19.6"');
    expect(await refusalOf(elsewhere)).toBe('422 A patient identifier of the configured assigner is missing');
    // An entry of hers in a document about somebody else.
    const [SUBSTANCE, other] = ['<code code="7980" codeSystem="2.16.840.1.113883.6.88"/>', { id: 'X-1', mrn: '70777' }];
    const stolen = ccd({ ...other, sections: section('48765-2', allergy('a1', '416098002', SUBSTANCE)) }).replace(
      'SET-MARIA',
      'SET-X',
    );
    expect(await refusalOf(stolen)).toMatch(/^409 The identifier of a AllergyIntolerance/);
    expect(await versions()).toBe(before);
  });

  test('error: XML that attacks', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>`;
    expect(await refusalOf(ccd().replace('<ClinicalDocument', `${bomb}<ClinicalDocument`))).toBe(
      '400 A document with a document type is not read',
    );
    expect(await refusalOf(ccd().replace('Continuity of Care', '&passwd;'))).toMatch(/^400 /);
    expect(await refusalOf(ccd().replace('UTF-8', 'UTF-16'))).toBe('400 Only UTF-8 is read');
    expect(await refusalOf('<a'.repeat(10))).toMatch(/^400 /);
    expect(await refusalOf(`<ClinicalDocument xmlns="urn:hl7-org:v3">${'<x>'.repeat(100_000)}`)).toBe(
      '400 The document has too many elements',
    );
    expect(await refusalOf('<ClinicalDocument xmlns="urn:other"/>')).toBe('400 This is no CDA document');
    expect(await refusalOf(ccd().replace('</title>', '</titel>'))).toBe('400 The document is no well-formed XML');
    expect(await refusalOf('')).toMatch(/^400 /);
  });
}
