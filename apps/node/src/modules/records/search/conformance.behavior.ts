import { OutcomeError } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../../../testing/databases.ts';
import { CONFORMANCE_RECORDS } from './conformance.fixture.ts';
import type { Asked, Shelf } from './search.fixture.ts';
import { openShelf } from './search.fixture.ts';

/** What search promises on every engine beside `search.behavior.ts`, by the sections of https://hl7.org/fhir/R4/search.html. */
export function describeConformance(name: string, open: () => Promise<TestDatabase>): void {
  describe(`search conformance on ${name}`, () => {
    let shelf: Shelf;

    beforeAll(async () => {
      shelf = await openShelf(await open());
      await shelf.put(...CONFORMANCE_RECORDS);
    });
    afterAll(() => shelf.close());

    /** Ids of what a query finds, in the order of creation unless it sorts. */
    async function ids(type: string | null, query: string, asked?: Asked): Promise<string> {
      return (await shelf.find(type, query, asked)).map((found) => found.replace(/[A-Za-z]+\//, '')).join(' ');
    }

    async function refused(type: string | null, query: string): Promise<string> {
      const error: unknown = await shelf.hits(type, query).catch((caught: unknown) => caught);
      if (!(error instanceof OutcomeError)) throw new TypeError('The search was not refused');
      return `${error.status} ${error.code}`;
    }

    const cases = (rows: readonly (readonly [type: string, query: string, found: string])[]) =>
      test.each(rows)('behavior: %s?%s finds "%s"', async (type, query, found) =>
        expect(await ids(type, query)).toBe(found),
      );

    describe('parameters of all resources (3.1.1.3)', () => {
      cases([
        ['Observation', '_id=bp1', 'bp1'],
        ['Observation', '_security=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R', 'glucose2'],
        ['Observation', '_source=urn:lab', 'glucose1'],
        ['Observation', '_source:below=urn:l', 'glucose1'],
        ['Observation', '_tag:not=t|x&code=15074-8', 'glucose2'],
        ['Observation', '_profile:missing=false', 'bp1'],
        ['Observation', '_lastUpdated:missing=true', ''],
        ['Observation', '_list=favourites', 'glucose2 bp2'],
        ['Patient', '_list=nothing', ''],
      ]);
    });

    describe('US Core (https://hl7.org/fhir/us/core)', () => {
      cases([
        ['Patient', 'race=2106-3', 'ana'],
        ['Patient', 'ethnicity=2135-2', 'ana'],
        ['Condition', 'asserted-date=2020-05', 'flu'],
        ['Condition', 'asserted-date=gt2021', ''],
        ['CareTeam', 'role=http://snomed.info/sct|17561000', 'team'],
        ['Goal', 'description:text=lose', 'goal'],
      ]);
    });

    describe('string (3.1.1.4.8)', () => {
      cases([
        ['Patient', 'family=muller', 'ana'],
        ['Patient', 'family=M%C3%BCller', 'ana'],
        ['Patient', 'family:exact=Müller', 'ana'],
        ['Patient', 'family:exact=Muller', ''],
        ['Patient', 'address-city:contains=RTO', 'ana'],
        ['Patient', 'name=ana mul', 'ana'],
      ]);
    });

    describe('token (3.1.1.4.10)', () => {
      cases([
        ['Patient', 'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|4711', 'ana'],
        ['Patient', 'identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|4711', ''],
        ['Patient', 'gender:in=http://hl7.org/fhir/ValueSet/administrative-gender', 'ana ben'],
        ['Patient', 'gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender', 'cleo'],
        ['Observation', 'code:in=http://example.org/ValueSet/pressure', 'bp1 bp2'],
        ['Observation', 'code:in=ValueSet/pressure', 'bp1 bp2'],
        ['Observation', 'code:in=http://example.org/ValueSet/pressure|1.0', 'bp1 bp2'],
        ['Observation', 'code:not-in=http://example.org/ValueSet/pressure', 'glucose1 glucose2'],
        [
          'Observation',
          'subject:Patient.gender:in=http://hl7.org/fhir/ValueSet/administrative-gender&code=15074-8',
          'glucose1 glucose2',
        ],
        ['Encounter', 'class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActEncounterCode', 'visit'],
        ['Encounter', 'class:below=http://terminology.hl7.org/CodeSystem/v3-ActCode|AMB', 'visit'],
        ['Encounter', 'class:above=http://terminology.hl7.org/CodeSystem/v3-ActCode|AMB', 'visit'],
        ['Condition', 'code:below=http://example.org/CodeSystem/ill|infection', 'flu'],
        ['Condition', 'code:above=http://example.org/CodeSystem/ill|h1n1', 'flu'],
        ['Condition', 'code:in=http://example.org/ValueSet/infections', 'flu'],
        ['Condition', 'code:text=GRIPPE', 'flu'],
      ]);
    });

    describe('quantity (3.1.1.4.11)', () => {
      cases([
        ['Observation', 'value-quantity=5.4|http://unitsofmeasure.org|mmol/L', 'glucose1'],
        ['Observation', 'value-quantity=5400|http://unitsofmeasure.org|umol/L', 'glucose1'],
        ['Observation', 'value-quantity=gt5.4e-3|http://unitsofmeasure.org|mol/L', 'glucose2'],
        ['Observation', 'value-quantity=ge5400|http://unitsofmeasure.org|umol/L', 'glucose1 glucose2'],
        ['Observation', 'value-quantity=ap5|http://unitsofmeasure.org|mmol/L', 'glucose1'],
        ['Observation', 'value-quantity=ne5.4|http://unitsofmeasure.org|mmol/L', 'glucose2'],
        ['Observation', 'value-quantity=lt5.5|http://unitsofmeasure.org|mg/dL', ''],
        ['Observation', 'value-quantity=5.4||mmol/L', 'glucose1'],
        ['Observation', 'value-quantity=5.4', 'glucose1'],
        ['Observation', 'component-value-quantity=gt19.9|http://unitsofmeasure.org|kPa', 'bp2'],
      ]);
    });

    describe('reference (3.1.1.4.12)', () => {
      cases([
        ['Observation', 'subject=https://node.example/fhir/R4/Patient/ben', 'glucose2 bp2'],
        ['Observation', 'patient=ben', 'glucose2 bp2'],
        ['Observation', 'patient=Patient/ben,Patient/ana', 'bp1 glucose1 glucose2 bp2'],
        ['Observation', 'subject:Patient=ben&code=85354-9', 'bp2'],
        ['Observation', 'subject:Group=ben', ''],
      ]);
    });

    describe('composite (3.1.1.4.16)', () => {
      cases([
        ['Observation', 'code-value-quantity=15074-8$gt5.5', 'glucose2'],
        [
          'Observation',
          'code-value-quantity=http://loinc.org|15074-8$gt5500|http://unitsofmeasure.org|umol/L',
          'glucose2',
        ],
        ['Observation', 'code-value-quantity=85354-9$gt1', ''],
        ['Observation', 'component-code-value-quantity=8480-6$150', 'bp2'],
        // Systolic 120 over 80, and 150 over 120: the parts must be of one component.
        ['Observation', 'component-code-value-quantity=8480-6$120', 'bp1'],
        ['Observation', 'component-code-value-quantity=8462-4$120', 'bp2'],
        ['Observation', 'combo-code-value-quantity=8462-4$gt100', 'bp2'],
        ['Observation', 'combo-code-value-quantity=15074-8$gt5.5,8480-6$120', 'bp1 glucose2'],
        ['Observation', 'combo-code-value-concept=8480-6$x', ''],
        ['Group', 'characteristic-value=sex$female', 'women'],
        ['Group', 'characteristic-value=sex$yes', ''],
        ['DocumentReference', 'relationship=replaces$DocumentReference/old', 'new'],
        ['DocumentReference', 'relationship=appends$DocumentReference/old', ''],
      ]);
    });

    describe('chaining (3.1.1.4.14) and reverse chaining (3.1.1.4.15)', () => {
      cases([
        ['Observation', 'subject:Patient.organization.name=clinic&code=15074-8', 'glucose1'],
        ['Observation', 'subject.organization:Organization.name=clinic&code=15074-8', 'glucose1'],
        ['Observation', 'patient.identifier=urn:mrn|4711&code=85354-9', 'bp1'],
        ['Observation', 'patient._has:Condition:patient:code=h1n1', 'bp1 glucose1'],
        ['Patient', '_has:Observation:patient:component-code-value-quantity=8480-6$gt140', 'ben'],
        ['Patient', '_has:Observation:patient:_has:List:item:title=fav', 'ben'],
        ['Organization', '_has:Patient:organization:_has:Observation:patient:code=85354-9', 'clinic'],
        ['Patient', '_has:Observation:patient:encounter.class=AMB', 'ana'],
      ]);
    });

    describe('location near (https://hl7.org/fhir/R4/location.html#positional)', () => {
      cases([
        ['Location', 'near=41.15|-8.61|5|km', 'porto'],
        ['Location', 'near=41.0|-8.6', 'porto'],
        ['Location', 'near=48.85|2.35|100|km', ''],
      ]);
    });

    describe('include (3.1.1.5.4)', () => {
      test.each([
        ['Observation', '_id=bp1&_include=*', 'bp1 (ana) (visit)'],
        ['Observation', '_id=bp1&_include=Observation:*', 'bp1 (ana) (visit)'],
        [
          'Observation',
          '_id=bp1&_include=Observation:subject&_include:iterate=Patient:organization',
          'bp1 (clinic) (ana)',
        ],
        ['Patient', '_id=ana&_revinclude=Observation:*', 'ana (bp1) (glucose1)'],
        ['Patient', '_id=ana&_revinclude=*', 'ana (flu) (bp1) (glucose1) (visit) (goal)'],
        [
          'Organization',
          '_id=clinic&_revinclude=Patient:organization&_revinclude:iterate=Condition:patient',
          'clinic (ana) (flu)',
        ],
        ['Observation', '_id=bp1&_include=Observation:encounter:Encounter', 'bp1 (visit)'],
      ])('behavior: %s?%s', async (type, query, found) => {
        const words = (await ids(type, query)).split(' ');
        expect(words.toSorted()).toEqual(found.split(' ').toSorted());
      });
    });

    describe('compartments (https://hl7.org/fhir/R4/compartmentdefinition.html)', () => {
      test.each([
        ['Encounter', 'visit', 'Observation', 'bp1'],
        ['Encounter', 'visit', null, 'visit bp1'],
        ['Patient', 'ana', 'Condition', 'flu'],
        ['Practitioner', 'doc', 'CareTeam', 'team'],
        ['RelatedPerson', 'mum', 'CareTeam', ''],
        ['Device', 'pump', 'Observation', 'glucose2'],
      ] as const)('behavior: %s/%s/%s holds "%s"', async (type, id, searched, found) =>
        expect(await ids(searched, '', { compartment: { type, id } })).toBe(found),
      );

      test('error: a type that is never in it', async () => {
        await expect(ids('Patient', '', { compartment: { type: 'Encounter', id: 'visit' } })).rejects.toThrow(
          'compartment',
        );
      });
    });

    describe('pages (3.1.1.5.2)', () => {
      const walk = async (query: string): Promise<{ forth: string[]; back: string[] }> => {
        const [forth, back]: [string[], string[]] = [[], []];
        let page = await shelf.hits('Observation', query);
        for (let i = 0; i < 12; i++) {
          forth.push(page.rows.map((row) => row.id).join(' '));
          if (page.next === undefined) break;
          page = await shelf.hits('Observation', page.next);
        }
        for (let i = 0; i < 12 && page.previous !== undefined; i++) {
          page = await shelf.hits('Observation', page.previous);
          back.push(page.rows.map((row) => row.id).join(' '));
        }
        return { forth, back };
      };

      test.each([
        '_count=1',
        '_count=1&_sort=-date',
        '_count=1&_sort=value-quantity',
        '_count=1&_sort=-value-quantity,code',
        '_count=2&_sort=-_lastUpdated',
        '_count=1&_sort=_id',
        '_count=1&_sort=encounter,-status',
      ])('behavior: forth and back through %s', async (query) => {
        const { forth, back } = await walk(query);
        expect(forth.join(' ').split(' ').toSorted()).toEqual(['bp1', 'bp2', 'glucose1', 'glucose2']);
        expect(back).toEqual(forth.slice(0, -1).reverse());
      });

      test('behavior: links say nothing of what was searched or found', async () => {
        const page = await shelf.hits('Patient', 'family:missing=false&_sort=family&_count=1');
        expect(page.next).toMatch(/^_cursor=[\w-]+$/);
        const text = Buffer.from((page.next ?? '').slice(8), 'base64url').toString('latin1');
        expect(text).not.toMatch(/family|m(u|ü)ller/i);
        const second = await shelf.hits('Patient', page.next ?? '');
        expect(second.self).toBe(page.next);
        expect(second.query).toContain('_sort=family');
      });

      test('behavior: pages go on while records come and go', async () => {
        const first = await shelf.hits('Organization', '_sort=name&_count=1');
        await shelf.put({ resourceType: 'Organization', id: 'aaa', name: 'Aaa' });
        await shelf.put({ resourceType: 'Organization', id: 'zzz', name: 'Zzz' });
        await shelf.database.query("update resource set deleted = true where type = 'Organization' and id = $1", [
          first.rows[0]?.id,
        ]);
        const second = await shelf.hits('Organization', first.next ?? '');
        const third = await shelf.hits('Organization', second.next ?? '');
        expect([first, second, third].map((page) => page.rows[0]?.id)).toEqual(['clinic', 'lab', 'zzz']);
        const again = await shelf.hits('Organization', second.previous ?? '');
        expect(again.rows.map((row) => row.id)).toEqual(['aaa']);
        await shelf.database.query("update resource set deleted = (id in ('aaa', 'zzz')) where type = 'Organization'");
      });

      test('behavior: a long query goes on through a short link', async () => {
        const codes = Array.from({ length: 190 }, (_, i) => `http://loinc.org|${10_000 + i}-1`).join(',');
        const { next = '' } = await shelf.hits('Observation', `code=${codes},15074-8&_count=1`);
        expect(next.length).toBeLessThan(2_000);
        expect((await shelf.hits('Observation', next)).rows.map((row) => row.id)).toEqual(['glucose2']);
      });

      test('error: a cursor of another type, of another compartment, or changed', async () => {
        const { next = '' } = await shelf.hits('Observation', '_count=1');
        expect(await refused('Patient', next)).toBe('400 invalid');
        await expect(shelf.hits('Observation', next, { patient: 'ana' })).rejects.toThrow('_cursor');
        for (const at of [8, 30, next.length - 2]) {
          const changed = next.slice(0, at) + (next[at] === 'A' ? 'B' : 'A') + next.slice(at + 1);
          expect(await refused('Observation', changed)).toBe('400 invalid');
        }
        expect(await refused('Observation', '_cursor=')).toBe('400 invalid');
      });
    });

    describe('totals (3.1.1.5.3)', () => {
      test('default', async () => {
        expect((await shelf.hits('Observation', '_count=1&_total=none')).total).toBeUndefined();
        expect((await shelf.hits('Observation', '_count=1&_total=estimate')).total).toBe(4);
        const page = await shelf.hits(
          'Observation',
          '_count=1&_total=accurate&code:in=http://example.org/ValueSet/pressure',
        );
        expect(page.total).toBe(2);
        expect((await shelf.hits('Observation', page.next ?? '')).total).toBe(2);
        expect((await shelf.hits('Patient', '_total=accurate&_count=1&_list=favourites')).total).toBe(0);
      });
    });

    describe('limits and hostile input', () => {
      test.each([
        ['Observation', `_include=${'Observation:subject&_include='.repeat(20)}Observation:subject`, '403 too-costly'],
        ['Observation', `code:in=${'a'.repeat(20_000)}`, '403 too-costly'],
        ['Observation', 'code:in=http://example.org/ValueSet/nowhere', '400 invalid'],
        ['Observation', 'code:in=http://example.org/ValueSet/endless', '403 too-costly'],
        ['Observation', 'code:below=http://loinc.org|LP1', '400 invalid'],
        ['Observation', 'code:below=LP1', '400 invalid'],
        ['Patient', 'identifier:of-type=a|b', '400 invalid'],
        ['Observation', 'component-code-value-quantity=8480-6', '400 invalid'],
        ['Observation', 'component-code-value-quantity=8480-6$a$b', '400 invalid'],
        ['Observation', 'component-code-value-quantity=8480-6$much', '400 invalid'],
        ['Observation', `combo-code-value-quantity=${'a$1,'.repeat(199)}a$1`, '403 too-costly'],
        ['Patient', Array.from({ length: 8 }, () => `name=${'a,'.repeat(150)}a`).join('&'), '403 too-costly'],
        ['Provenance', 'target.subject.organization.name=a', '400 invalid'],
        ['Observation', '_list=$current-allergies', '400 not-supported'],
        ['Observation', '_content=x', '400 not-supported'],
        ['Observation', '_revinclude=*:*:Robot', '400 invalid'],
        ['Patient', `${'_has:Patient:link:'.repeat(6)}name=a`, '403 too-costly'],
      ])('error: %s?%s', async (type, query, outcome) => expect(await refused(type, query)).toBe(outcome));

      test('behavior: metacharacters of SQL, patterns and JSON are only text', async () => {
        const hostile = [
          "'; drop table resource; --",
          '%_%\\',
          '$1',
          '{"a":1}',
          '(a+)+$',
          `${'a'.repeat(3000)}!`,
          '\u{10ffff}',
          '\ud800',
          "E'\\x00'",
          '<script>',
        ];
        const names = [
          'family',
          'family:contains',
          'family:exact',
          'identifier',
          'identifier:of-type',
          'gender:not',
          '_id',
        ];
        names.push(
          'organization',
          'organization:identifier',
          '_tag',
          '_source:below',
          '_source:above',
          '_profile',
          'link.name',
        );
        for (const text of hostile)
          for (const code of [...names, text]) {
            const error: unknown = await shelf
              .hits('Patient', `${encodeURIComponent(code.toWellFormed())}=${encodeURIComponent(text.toWellFormed())}`)
              .catch((caught: unknown) => caught);
            if (error instanceof Error) expect(error).toBeInstanceOf(OutcomeError);
          }
        expect(await ids('Patient', '')).toBe('ana ben cleo');
      });
    });
  });
}
