import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../../../testing/databases.ts';
import type { Scope } from '../../consent/scope.ts';
import type { FhirResource } from './index.ts';
import { openShelf, type Shelf } from './search.fixture.ts';

const code = (value: string) => ({ coding: [{ system: 'http://loinc.org', code: value }] });
const observation = (id: string, patient: string, value: number, more: object = {}): FhirResource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: code('29463-7'),
  subject: { reference: `Patient/${patient}` },
  valueQuantity: { value, system: 'http://unitsofmeasure.org', code: 'kg' },
  ...more,
});

/** Two patients; one consented. The other's records lie between hers in every order, and refer to hers and are referred to. */
const RECORDS: readonly FhirResource[] = [
  {
    resourceType: 'Patient',
    id: 'open',
    name: [{ family: 'Open' }],
    link: [{ other: { reference: 'Patient/shut' }, type: 'seealso' }],
  },
  { resourceType: 'Patient', id: 'shut', name: [{ family: 'Shut' }] },
  observation('o1', 'open', 10),
  observation('s1', 'shut', 20, { hasMember: [{ reference: 'Observation/o1' }] }),
  observation('o2', 'open', 30, { hasMember: [{ reference: 'Observation/s1' }] }),
  observation('s2', 'shut', 40),
  observation('o3', 'open', 50, { derivedFrom: [{ reference: 'Observation/s2' }] }),
  {
    resourceType: 'List',
    id: 'of-shut',
    status: 'current',
    mode: 'working',
    subject: { reference: 'Patient/shut' },
    entry: [{ item: { reference: 'Observation/o1' } }],
  },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Doc' }] },
  {
    resourceType: 'ValueSet',
    id: 'weights',
    url: 'http://example.org/ValueSet/weights',
    status: 'active',
    compose: { include: [{ system: 'http://loinc.org', concept: [{ code: '29463-7' }] }] },
  },
];

/** Nothing that the caller may not read is found, counted, chained through, included, sorted or paged by (promise P1). */
export function describeHidden(name: string, open: () => Promise<TestDatabase>): void {
  describe(`search under a consent on ${name}`, () => {
    let shelf: Shelf;
    const scope: Scope = {
      kind: 'limited',
      patients: ['open'],
      categories: 0x1ffff,
      sensitive: 0,
      careFrom: Number.NEGATIVE_INFINITY,
      careUntil: Number.POSITIVE_INFINITY,
    };

    beforeAll(async () => {
      shelf = await openShelf(await open());
      await shelf.put(...RECORDS);
    });
    afterAll(() => shelf.close());

    test.each([
      ['a search', 'Observation', '', 'o1 o2 o3'],
      ['a patient by id', 'Patient', '_id=open,shut', 'open'],
      ['a reference to a hidden patient', 'Observation', 'subject=Patient/shut', ''],
      ['a chain', 'Observation', 'subject:Patient.family=Shut', ''],
      ['a chain, named', 'Observation', 'has-member:Observation.status=final', ''],
      ['a chain that negates', 'Observation', 'has-member:Observation.status:not=x', ''],
      ['a chain to what is missing', 'Observation', 'has-member:Observation.encounter:missing=true', ''],
      ['a chain of two steps', 'Observation', 'has-member:Observation.subject:Patient.family=Shut', ''],
      ['a chain back to itself through a hidden one', 'Patient', 'link.link:missing=true', ''],
      ['_has', 'Observation', '_has:Observation:has-member:status=final', ''],
      ['_has by id', 'Observation', '_has:List:item:_id=of-shut', ''],
      ['_has, nested', 'Patient', '_has:Observation:patient:_has:List:item:status=current', ''],
      ['_has through a visible one', 'Patient', '_has:Observation:patient:value-quantity=gt40', 'open'],
      ['_list', 'Observation', '_list=of-shut', ''],
      ['_include', 'Observation', '_id=o2&_include=Observation:has-member', 'o2'],
      ['_include of everything', 'Observation', '_id=o3&_include=*', 'o3 (open)'],
      ['_include, iterated past a hidden one', 'Observation', '_id=o2&_include:iterate=Observation:has-member', 'o2'],
      ['_revinclude', 'Observation', '_id=o1&_revinclude=Observation:has-member&_revinclude=*', 'o1'],
      [
        '_revinclude of a hidden link',
        'Patient',
        '_revinclude=List:subject&_revinclude=Observation:subject',
        'open (o1) (o2) (o3)',
      ],
      ['a record of nobody', 'Practitioner', '', ''],
      ['the order', 'Observation', '_sort=-value-quantity', 'o3 o2 o1'],
    ])('behavior: %s: %s?%s finds "%s"', async (_, type, query, found) => {
      const hits = (await shelf.find(type, query, { scope })).map((one) => one.replace(/[A-Za-z]+\//, ''));
      expect(hits.join(' ')).toBe(found);
    });

    test('behavior: totals, with and without rows', async () => {
      for (const query of [
        '_total=accurate&_count=1',
        '_summary=count',
        '_count=0',
        '_sort=value-quantity&_total=estimate&_count=1',
      ])
        expect((await shelf.hits('Observation', query, { scope })).total).toBe(3);
      expect((await shelf.hits('Observation', 'subject:Patient.family=Shut&_summary=count', { scope })).total).toBe(0);
      expect((await shelf.hits(null, '_summary=count', { scope })).total).toBe(4);
    });

    test('behavior: pages are full, and the last has no link onward, whatever lies hidden between and behind', async () => {
      for (const sort of ['', '_sort=value-quantity&', '_sort=-value-quantity&', '_sort=_lastUpdated&']) {
        const first = await shelf.hits('Observation', `${sort}_count=2`, { scope });
        expect(first.rows.length).toBe(2);
        const second = await shelf.hits('Observation', first.next ?? '', { scope });
        expect([second.rows.length, second.next]).toEqual([1, undefined]);
        const back = await shelf.hits('Observation', second.previous ?? '', { scope });
        expect([back.rows.length, back.previous]).toEqual([2, undefined]);
      }
      expect((await shelf.hits('Observation', '_count=3', { scope })).next).toBeUndefined();
    });

    test("behavior: another's cursor opens no more than one's own scope", async () => {
      const { next = '' } = await shelf.hits('Observation', '_sort=value-quantity&_count=1');
      const page = await shelf.hits('Observation', next, { scope });
      expect(page.rows.map((row) => row.id)).toEqual(['o2']);
    });

    test('behavior: a hidden record and none at all are answered alike', async () => {
      for (const [hidden, absent] of [
        ['subject=Patient/shut', 'subject=Patient/nobody'],
        ['_id=s1', '_id=s9'],
        ['_list=of-shut', '_list=of-nobody'],
        ['has-member=Observation/s9', 'has-member=Observation/s8'],
        ['subject:Patient.family=Shut', 'subject:Patient.family=Nobody'],
        ['has-member:Observation._id=s1', 'has-member:Observation._id=s9'],
      ] as const) {
        const [a, b] = await Promise.all([hidden, absent].map((query) => shelf.hits('Observation', query, { scope })));
        expect({ ...a, self: '', query: '' }).toEqual({ ...b, self: '', query: '' });
      }
      const refusal = (address: string) =>
        shelf.hits('Observation', `code:in=${address}`, { scope }).then(
          () => 'found',
          (error: unknown) => String(error),
        );
      expect(await refusal('http://example.org/ValueSet/weights')).toBe(await refusal('http://example.org/ValueSet/x'));
    });
  });
}
