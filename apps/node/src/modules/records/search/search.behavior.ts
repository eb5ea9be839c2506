import { OutcomeError } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../../../testing/databases.ts';
import type { Scope } from '../../consent/scope.ts';
import { deleteIndex, refreshStatistics, runSearch } from './index.ts';
import { parametersOf } from './parameters.ts';
import { openShelf, RECORDS, type Shelf } from './search.fixture.ts';

/** What search promises on every engine, by the sections of https://hl7.org/fhir/R4/search.html. */
export function describeSearch(name: string, open: () => Promise<TestDatabase>): void {
  describe(`search on ${name}`, () => {
    let shelf: Shelf;

    beforeAll(async () => {
      shelf = await openShelf(await open());
      await shelf.put(...RECORDS);
    }, 60_000);
    afterAll(() => shelf.close());

    /** What a query finds: ids of the type, in the order of creation. */
    async function ids(type: string, query: string): Promise<string> {
      return (await shelf.find(type, query)).map((found) => found.slice(found.indexOf('/') + 1)).join(' ');
    }

    async function refused(type: string | null, query: string, strict = false): Promise<string> {
      const error: unknown = await shelf.hits(type, query, { strict }).catch((caught: unknown) => caught);
      if (!(error instanceof OutcomeError)) throw new TypeError('The search was not refused');
      return `${error.status} ${error.code}`;
    }

    describe('string', () => {
      test.each([
        ['family=conceicao', 'maria'],
        ['family=CONCEI%C3%87', 'maria'],
        ['name=jo', 'maria john'],
        ['name=maria jose con', 'maria'],
        ['family:exact=Conceição', 'maria'],
        ['family:exact=conceição', ''],
        ['family:contains=mit', 'john'],
        ['family=smith,conc', 'maria john'],
        ['name=mar&name=conc', 'maria'],
        [`family=%27%3B drop table resource--`, ''],
        ['family=%25', ''],
        ['family:missing=true', ''],
      ])('behavior: Patient?%s finds "%s"', async (query, found) => expect(await ids('Patient', query)).toBe(found));
    });

    describe('token', () => {
      test.each([
        ['Patient', 'gender=female', 'maria'],
        ['Patient', 'gender=http://hl7.org/fhir/administrative-gender|female', 'maria'],
        ['Patient', 'gender:not=female', 'john'],
        ['Patient', 'identifier=A\\,1\\|2', 'maria'],
        ['Patient', 'identifier=urn:oid:2.16|A\\,1\\|2', 'maria'],
        ['Patient', 'identifier=urn:oid:2.16|', 'maria'],
        ['Patient', 'identifier=|A\\,1\\|2', ''],
        ['Patient', 'identifier:missing=true', 'john'],
        ['Patient', 'email=m@example.org', 'maria'],
        ['Patient', 'phone=m@example.org', ''],
        ['Patient', 'deceased=true', 'john'],
        ['Patient', 'deceased=false', 'maria'],
        ['Patient', '_tag=urn:tag|demo', 'maria'],
        ['Patient', '_id=john,nobody', 'john'],
        ['Observation', 'code=http://loinc.org|29463-7', 'weight1 weight2 weight3'],
        ['Observation', 'code=|29463-7', ''],
        ['Observation', 'combo-code=29463-7&status=final', 'weight1 weight2 weight3'],
        ['Observation', 'code:text=body', 'weight1 weight2 weight3'],
        ['Condition', 'code:text=LOW', 'depression'],
        ['Observation', 'code:not=29463-7', 'bp'],
      ])('behavior: %s?%s finds "%s"', async (type, query, found) => expect(await ids(type, query)).toBe(found));
    });

    describe('date', () => {
      test.each([
        ['Observation', 'date=2022', 'weight2 weight3'],
        ['Observation', 'date=2021-06-10', ''],
        ['Observation', 'date=2021-06', 'weight1'],
        ['Observation', 'date=2022-06-15', 'weight2'],
        ['Observation', 'date=2022-06-16', 'weight3'],
        ['Observation', 'date=2022-06-16T02:30:00Z', 'weight3'],
        ['Observation', 'date=2022-06-16T02:30:00 00:00', 'weight3'],
        ['Observation', 'date=ne2022', 'bp weight1'],
        ['Observation', 'date=gt2022-06-15', 'bp weight3'],
        ['Observation', 'date=lt2022', 'weight1'],
        ['Observation', 'date=ge2022-06-15&date=le2022-06-15', 'weight2'],
        ['Encounter', 'date=2023-03', 'stay'],
        ['Encounter', 'date=2023-03-05', ''],
        ['Encounter', 'date=gt2023-03-05', 'stay'],
        ['Encounter', 'date=lt2023-03-05', 'stay'],
        ['Encounter', 'date=sa2023-03-03', 'stay'],
        ['Encounter', 'date=sa2023-03-04', ''],
        ['Encounter', 'date=eb2023-03-08', 'stay'],
        ['Encounter', 'date=eb2023-03-07', ''],
        ['Patient', 'birthdate=1975-05-05', ''],
        ['Patient', 'birthdate=lt1980-02-29', 'john'],
        ['Patient', 'birthdate=ap1979', 'maria john'],
        ['Patient', '_lastUpdated=2024-01', 'maria'],
        ['Patient', '_lastUpdated=gt2024-01', 'john'],
        ['Patient', '_lastUpdated=2024-01-10T08:00:00Z', 'maria'],
      ])('behavior: %s?%s finds "%s"', async (type, query, found) => expect(await ids(type, query)).toBe(found));
    });

    describe('quantity, number, uri', () => {
      test.each([
        ['Observation', 'value-quantity=63|http://unitsofmeasure.org|kg', 'weight2'],
        ['Observation', 'value-quantity=63||kg', 'weight2'],
        ['Observation', 'value-quantity=61||kg', ''],
        ['Observation', 'value-quantity=61.5||kg', 'weight1'],
        ['Observation', 'value-quantity=6e1||kg', 'weight1 weight2'],
        ['Observation', 'value-quantity=gt63||kg', 'weight3'],
        ['Observation', 'value-quantity=ge63&value-quantity=lt100', 'weight2 weight3'],
        ['Observation', 'value-quantity=ap118', 'bp'],
        ['Observation', 'combo-value-quantity=ne63||kg', 'weight1 weight3'],
        ['RiskAssessment', 'probability=gt0.5', 'risk'],
        ['RiskAssessment', 'probability=0.8', 'risk'],
        ['RiskAssessment', 'probability=0.80', 'risk'],
        ['RiskAssessment', 'probability=0.7', ''],
        ['ValueSet', 'url=http://example.org/fhir/ValueSet/a', 'vs'],
        ['ValueSet', 'url:below=http://example.org/fhir', 'vs'],
        ['ValueSet', 'url:above=http://example.org/fhir/ValueSet/a/b', 'vs'],
        ['ValueSet', 'url=http://example.org/fhir', ''],
        ['Patient', '_profile=http://p.example/patient', 'maria'],
        ['Patient', '_profile=http://p.example/patient|1.0', 'maria'],
        ['Patient', '_profile=http://p.example/pat', ''],
      ])('behavior: %s?%s finds "%s"', async (type, query, found) => expect(await ids(type, query)).toBe(found));
    });

    describe('reference and chain', () => {
      test.each([
        ['Observation', 'subject=Patient/john', 'weight3'],
        ['Observation', 'patient=john', 'weight3'],
        ['Observation', 'subject:Patient=john', 'weight3'],
        ['Observation', 'subject=https://node.example/fhir/R4/Patient/john', 'weight3'],
        ['Observation', 'subject=https://other.example/fhir/R4/Patient/john', ''],
        ['Observation', 'subject=Group/john', ''],
        ['Observation', 'subject:identifier=urn:mrn|mrn-john', 'weight3'],
        ['Observation', 'patient:identifier=mrn-john', 'weight3'],
        ['Observation', 'encounter:missing=true&patient=john', 'weight3'],
        ['Observation', 'subject:Patient.family=smith', 'weight3'],
        ['Observation', 'patient.name=smi&code=29463-7', 'weight3'],
        ['Observation', 'subject.birthdate=lt1976', 'weight3'],
        ['Observation', 'subject:Patient._id=john', 'weight3'],
        ['Observation', 'patient.general-practitioner:Practitioner.name=silva&_count=1', 'bp'],
        ['Condition', 'encounter.service-provider.name=hospital', 'depression'],
        ['Patient', '_has:Observation:patient:code=85354-9', 'maria'],
        ['Patient', '_has:Condition:subject:encounter.status=finished', 'maria'],
        ['Practitioner', '_has:Patient:general-practitioner:_has:Condition:patient:code=F32.1', 'silva'],
        ['Practitioner', '_has:Patient:general-practitioner:_has:Condition:patient:code=F99', ''],
      ])('behavior: %s?%s finds "%s"', async (type, query, found) => expect(await ids(type, query)).toBe(found));
    });

    describe('compartment and all types', () => {
      test('default', async () => {
        expect(await shelf.find('Observation', '', { patient: 'john' })).toEqual(['Observation/weight3']);
        expect(await shelf.find('Patient', '', { patient: 'john' })).toEqual(['Patient/john']);
        expect((await shelf.find(null, '', { patient: 'maria' })).length).toBe(6);
        expect(await shelf.find(null, '_tag=demo')).toEqual(['Patient/maria']);
        expect(await shelf.find(null, '_type=Encounter,Condition')).toEqual(['Encounter/stay', 'Condition/depression']);
      });

      test('error: a type that is in no Patient compartment', async () => {
        await expect(shelf.hits('Practitioner', '', { patient: 'maria' })).rejects.toThrow('compartment');
      });
    });

    describe('include', () => {
      test.each([
        ['Encounter', '_include=Encounter:service-provider', 'Encounter/stay (Organization/hospital)'],
        ['Encounter', '_include=Encounter:*', 'Encounter/stay (Patient/maria) (Organization/hospital)'],
        ['Encounter', '_include=Encounter:subject:Group', 'Encounter/stay'],
        [
          'Encounter',
          '_include=Encounter:patient&_include:iterate=Patient:general-practitioner',
          'Encounter/stay (Patient/maria) (Practitioner/silva)',
        ],
        ['Encounter', '_revinclude=Condition:encounter', 'Encounter/stay (Condition/depression)'],
        [
          'Observation',
          '_id=bp,weight1&_include=Observation:patient',
          'Observation/bp Observation/weight1 (Patient/maria)',
        ],
      ])('behavior: %s?%s', async (type, query, found) =>
        expect((await shelf.find(type, query)).join(' ')).toBe(found),
      );

      test('behavior: included records are not counted', async () => {
        expect((await shelf.hits('Encounter', '_include=Encounter:subject')).total).toBe(1);
      });
    });

    describe('order and pages', () => {
      test.each([
        ['Observation', '_sort=date', 'weight1 weight2 weight3 bp'],
        ['Observation', '_sort=-date', 'bp weight3 weight2 weight1'],
        ['Observation', '_sort=code,-value-quantity', 'weight3 weight2 weight1 bp'],
        ['Patient', '_sort=-family', 'john maria'],
        ['Patient', '_sort=identifier', 'maria john'],
        ['Patient', '_sort=-identifier', 'maria john'],
        ['Patient', '_sort=-_lastUpdated', 'john maria'],
        ['Patient', '_sort=_id', 'john maria'],
      ])('behavior: %s?%s gives "%s"', async (type, query, found) => expect(await ids(type, query)).toBe(found));

      test.each(['', '_sort=-date&', '_sort=encounter,-value-quantity&', '_sort=-_lastUpdated,status&', '_sort=_id&'])(
        'behavior: pages of %s neither repeat nor lose a match',
        async (sort) => {
          const found: string[] = [];
          let query: string | undefined = `${sort}_count=1&status=final`;
          for (let pages = 0; query !== undefined && pages < 10; pages++) {
            const page = await shelf.hits('Observation', query);
            expect(page.rows.length).toBe(1);
            found.push(...page.rows.map((row) => row.id));
            query = page.next;
          }
          expect(found.length).toBe(4);
          expect(found.join(' ')).toBe(await ids('Observation', `${sort}status=final`));
        },
      );

      test('behavior: totals, counts and the query as it was understood', async () => {
        const page = await shelf.hits(
          'Observation',
          'code=29463-7&_count=1&_total=accurate&colour=red&_sort=-date,shoe',
        );
        expect(page.total).toBe(3);
        expect(page.ignored).toEqual(['colour', '_sort=shoe']);
        expect(page.self).toBe('code=29463-7&_sort=-date&_count=1&_total=accurate');
        expect((await shelf.hits('Observation', '_count=1')).total).toBeUndefined();
        expect((await shelf.hits('Observation', '_count=0')).total).toBe(4);
        const counted = await shelf.hits('Observation', 'patient=maria&_summary=count');
        expect([counted.total, counted.rows.length]).toEqual([3, 0]);
        expect((await shelf.hits('Observation', '_count=5000')).self).toBe('_count=1000');
      });

      test('error: a cursor that is not from here', async () => {
        for (const cursor of [
          'x',
          'bnVsbA',
          Buffer.from('[{}]').toString('base64url'),
          Buffer.from('["1e9"]').toString('base64url'),
        ])
          expect(await refused('Observation', `_cursor=${cursor}`)).toBe('400 invalid');
      });
    });

    describe('refusals', () => {
      test.each([
        ['Observation', 'date=yesterday', '400 invalid'],
        ['Observation', 'date=2022-02-30', '400 invalid'],
        ['Observation', 'value-quantity=much', '400 invalid'],
        ['Observation', 'code=a|b|c', '400 invalid'],
        ['Observation', 'code:in=http://vs', '400 invalid'],
        ['Observation', 'code:below=http://loinc.org|1', '400 invalid'],
        ['Observation', 'status:exact=final', '400 not-supported'],
        ['Observation', 'code-value-quantity=29463-7', '400 invalid'],
        ['Observation', 'code-value-quantity:missing=true', '400 not-supported'],
        ['Patient', '_text=x', '400 not-supported'],
        ['Patient', '_filter=name eq a', '400 not-supported'],
        ['Location', 'near=1|x', '400 invalid'],
        ['Location', 'near=91|2', '400 invalid'],
        ['Patient', 'gender.name=x', '400 invalid'],
        ['Observation', 'subject:Patient.colour=x', '400 invalid'],
        ['Observation', 'subject:Robot.name=x', '400 invalid'],
        ['Patient', '_has:Observation:code:status=final', '400 invalid'],
        ['Patient', '_has:Observation=x', '400 invalid'],
        ['Patient', '_include=Patient:gender', '400 invalid'],
        ['Patient', 'name=%00', '400 invalid'],
        ['Patient', '_count=many', '400 invalid'],
        ['Patient', 'gender:missing=maybe', '400 invalid'],
        ['Robot', '', '400 invalid'],
        [null, '_type=Robot', '400 invalid'],
        ['Patient', `${'link.'.repeat(6)}name=a`, '403 too-costly'],
      ])('error: %s?%s', async (type, query, outcome) => expect(await refused(type, query)).toBe(outcome));

      test('error: queries beyond the limits', async () => {
        expect(await refused('Patient', `name=${'a,'.repeat(300)}`)).toBe('403 too-costly');
        expect(await refused('Patient', `name=${'a'.repeat(20_000)}`)).toBe('403 too-costly');
        expect(await refused('Patient', 'name=a&'.repeat(100))).toBe('403 too-costly');
      });

      test('error: an unknown parameter, when handling is strict', async () => {
        expect(await refused('Patient', 'colour=red', true)).toBe('400 invalid');
      });
    });

    describe('scope', () => {
      const scope = (more: Partial<Extract<Scope, { kind: 'limited' }>> = {}): Scope => ({
        kind: 'limited',
        patients: ['maria'],
        categories: 0xffff,
        sensitive: 0,
        careFrom: -Infinity,
        careUntil: Infinity,
        ...more,
      });

      test.each([
        ['Patient', '', 'Patient/maria'],
        ['Observation', 'code=29463-7', 'Observation/weight1 Observation/weight2'],
        ['Observation', 'subject:Patient.name=smith', ''],
        ['Observation', 'performer:Practitioner.name=silva', ''],
        ['Patient', '_has:Condition:patient:code=F32.1', ''],
        ['Patient', '_has:Observation:patient:code=85354-9', 'Patient/maria'],
        ['Encounter', '_revinclude=Condition:encounter&_include=Encounter:*', 'Encounter/stay (Patient/maria)'],
        ['Condition', '', ''],
      ])('behavior: %s?%s finds only "%s"', async (type, query, found) => {
        expect((await shelf.find(type, query, { scope: scope() })).join(' ')).toBe(found);
      });

      test('behavior: totals count nothing outside', async () => {
        expect((await shelf.hits('Observation', '_summary=count', { scope: scope() })).total).toBe(3);
        expect((await shelf.hits('Condition', '_summary=count', { scope: scope() })).total).toBe(0);
        expect((await shelf.hits(null, '_total=accurate&_count=1', { scope: scope() })).total).toBe(5);
      });

      test('behavior: categories, sensitive classes and period of care', async () => {
        expect(await shelf.find('Condition', '', { scope: scope({ sensitive: 1 }) })).toEqual(['Condition/depression']);
        expect(await shelf.find('Observation', '', { scope: scope({ categories: 1 }) })).toEqual([]);
        const careFrom = Date.parse('2022-01-01T00:00:00Z') / 1000;
        const careUntil = Date.parse('2022-12-31T00:00:00Z') / 1000;
        expect(await shelf.find(null, '', { scope: scope({ careFrom, careUntil }) })).toEqual([
          'Patient/maria',
          'Observation/weight2',
        ]);
        expect(await shelf.find(null, '', { scope: scope({ careFrom: Infinity, careUntil: -Infinity }) })).toEqual([]);
        expect(await shelf.find(null, '', { scope: scope({ patients: [] }) })).toEqual([]);
      });
    });

    test('behavior: every parameter of these types is answered or clearly refused', async () => {
      const values: { readonly [kind: string]: string } = {
        ...{
          string: "O'Neil%_",
          token: 'a|b',
          date: 'le2020',
          number: 'lt1',
          quantity: 'ap5||mg',
          reference: 'Patient/1',
        },
        ...{ uri: 'urn:x', composite: 'a$b', special: '1|2' },
      };
      for (const type of [
        'Patient',
        'Observation',
        'Encounter',
        'MedicationRequest',
        'Claim',
        'Bundle',
        'AuditEvent',
      ]) {
        for (const { code, kind } of parametersOf(type).values()) {
          const query = `${code}=${encodeURIComponent(values[kind] ?? '')}&_sort=${code}`;
          const error: unknown = await shelf.hits(type, query).then(
            () => null,
            (caught: unknown) => caught,
          );
          if (error !== null && kind !== 'composite')
            expect([code, (error as OutcomeError).code]).toEqual([code, 'not-supported']);
          else if (error !== null) expect(error).toBeInstanceOf(OutcomeError);
        }
      }
    });

    test('behavior: a deleted record and a removed index are found no more', async () => {
      await shelf.put({ resourceType: 'Patient', id: 'gone', name: [{ family: 'Gone' }] });
      const [row] = (await shelf.hits('Patient', 'family=gone')).rows;
      await shelf.database.transaction(async (tx) => {
        deleteIndex(tx, [row?.row_id ?? 0]);
        expect((await runSearch(tx, { type: 'Patient', query: 'family=gone', scope: { kind: 'all' } })).rows).toEqual(
          [],
        );
        await tx.query('update resource set deleted = true where row_id = $1', [row?.row_id]);
      });
      expect(await shelf.find('Patient', '_id=gone')).toEqual([]);
    });

    test('behavior: statistics are refreshed when the index has grown', async () => {
      expect(await refreshStatistics(shelf.database)).toBe(true);
      expect(await refreshStatistics(shelf.database)).toBe(false);
    });
  });
}
