import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { clinician, grantee } from '../../testing/records-world.ts';
import { describeMatch } from './match.behavior.ts';
import { describeMeta } from './meta.behavior.ts';
import { operated } from './operations.fixture.ts';
import { refusal, type Subject } from './suite.fixture.ts';

const BASE = 'https://aldhelm.example/fhir/R4';
interface Named {
  readonly name: string;
  readonly definition: string;
}
interface Listed {
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry: readonly { readonly resource?: object; readonly search?: { readonly mode: string } }[];
}

/** `Type/id` of each entry, without what tells one test's records from another's. */
function listed({ entry }: Listed, mark: string): string[] {
  return entry.map(({ resource }) => {
    const { resourceType, id } = resource as { resourceType: string; id: string };
    return `${resourceType}/${id.replace(`-${mark}`, '')}`;
  });
}

/** Operations on records (https://hl7.org/fhir/R4/operationslist.html). */
export function describeOperations(subject: Subject): void {
  const use = operated(subject);
  const { send, mark, id, observation, operations, entriesAbout, put } = use;

  test('default: the CapabilityStatement names each operation where it is served', async () => {
    const [rest] = (await send('GET', '/metadata')).json.rest as [
      { operation: Named[]; resource: { type: string; operation: Named[] }[] },
    ];
    const R4 = 'http://hl7.org/fhir/OperationDefinition';
    const BULK = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';
    const at = (type: string): Named[] => rest.resource.find((one) => one.type === type)?.operation ?? [];
    expect(rest.operation).toEqual(
      expect.arrayContaining([
        { name: 'meta', definition: `${R4}/Resource-meta` },
        { name: 'export', definition: `${BULK}/export` },
      ]),
    );
    expect(at('Patient')).toEqual(
      expect.arrayContaining([
        { name: 'everything', definition: `${R4}/Patient-everything` },
        { name: 'match', definition: `${R4}/Patient-match` },
        { name: 'export', definition: `${BULK}/patient-export` },
      ]),
    );
    expect(at('Group')).toContainEqual({ name: 'export', definition: `${BULK}/group-export` });
    expect(at('Observation')).toContainEqual({ name: 'lastn', definition: `${R4}/Observation-lastn` });
  });

  describe('$everything', () => {
    const HERS = [
      'Patient/maria',
      'Group/cohort',
      'Observation/hiv',
      'Observation/new',
      'Observation/old',
      'Observation/other',
    ];

    test('default: the Patient first, her compartment, and who and where that refers to', async () => {
      const { status, json } = await send('GET', `/Patient/${id('maria')}/$everything`);
      expect([status, json.type, json.total]).toEqual([200, 'searchset', 9]);
      const all = listed(json, mark);
      expect(all[0]).toBe('Patient/maria');
      expect([...all].sort()).toEqual([...HERS, 'Organization/trust', 'Organization/ward', 'Practitioner/hale'].sort());
      const modes = json.entry.map((entry: { search: { mode: string } }) => entry.search.mode);
      expect(modes.filter((mode: string) => mode === 'include').length).toBe(3);
      const posted = await send('POST', `/Patient/${id('maria')}/$everything`, {
        body: { resourceType: 'Parameters', parameter: [{ name: '_type', valueString: 'Patient' }] },
      });
      expect(listed(posted.json, mark)).toEqual(['Patient/maria']);
    });

    test('behavior: start and end choose care by its time, _type types, _since what changed', async () => {
      const of = async (query: string) =>
        listed((await send('GET', `/Patient/${id('maria')}/$everything?${query}`)).json, mark).sort();
      expect(await of('start=2023-01-15&end=2023&_type=Observation')).toEqual(['Observation/hiv']);
      expect(await of('end=2020-06&_type=Observation,Practitioner')).toEqual(['Observation/old', 'Practitioner/hale']);
      expect(await of('start=2024')).toEqual([
        'Group/cohort',
        'Observation/new',
        'Organization/trust',
        'Organization/ward',
        'Patient/maria',
      ]);
      expect(await of('_type=Organization')).toEqual(['Organization/trust', 'Organization/ward']);
      expect(await of(`_since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    });

    test('behavior: pages lead through all of it once; each is one entry in the access log of the patient', async () => {
      const before = await entriesAbout('maria');
      const seen: string[] = [];
      let path: string | undefined = `/Patient/${id('maria')}/$everything?_count=3`;
      let pages = 0;
      for (; path !== undefined && pages < 9; pages++) {
        const { json }: { json: Listed } = await send('GET', path);
        expect(json.entry.length).toBeLessThanOrEqual(3);
        seen.push(...listed(json, mark));
        path = json.link.find(({ relation }) => relation === 'next')?.url.replace(BASE, '');
        expect(path ?? '').not.toContain('2020');
      }
      expect([pages, seen.length, new Set(seen).size]).toEqual([3, 9, 9]);
      // The last page shows only who treated her: she was asked about all the same.
      expect((await entriesAbout('maria')) - before).toBe(3);
    });

    test('behavior: of all patients, what the scope lets be seen', async () => {
      const all = await send('GET', '/Patient/$everything?_count=1000');
      expect(listed(all.json, mark)).toEqual(expect.arrayContaining(['Patient/maria', 'Patient/john']));
      const under = await operations(grantee(id('maria'))).everything(null);
      expect(listed(under as Listed, mark)).not.toContain('Patient/john');
    });

    test('behavior: a consent shows nothing of another patient, nothing sensitive, and only what is hers', async () => {
      const under = await operations(grantee(id('maria'))).everything(id('maria'));
      expect(listed(under as Listed, mark).sort()).toEqual(HERS.filter((one) => !one.endsWith('hiv')).sort());
      await expect(operations(grantee(id('maria'))).everything(id('john'))).rejects.toMatchObject({ status: 404 });
      const app = clinician({
        scope: {
          kind: 'narrowed',
          within: { kind: 'all' },
          rules: [{ type: 'Observation', actions: 'rs', patient: id('maria'), criteria: 'code=718-7' }],
          action: null,
        },
      });
      expect(listed((await operations(app).everything(id('maria'))) as Listed, mark).sort()).toEqual([
        'Observation/new',
        'Observation/old',
      ]);
      await expect(operations(app).everything(id('john'))).rejects.toMatchObject({ status: 404 });
    });

    test('error: 404 for nobody, 410 for who was deleted, 400 for what cannot be understood, 403 for operators', async () => {
      const at = (path: string, over = {}) => send('GET', path, over).then(refusal);
      expect(await at(`/Patient/${randomUUID()}/$everything`)).toBe('404 not-found');
      await put({ resourceType: 'Patient', id: id('gone') });
      await send('DELETE', `/Patient/${id('gone')}`);
      expect(await at(`/Patient/${id('gone')}/$everything`)).toBe('410 deleted');
      for (const query of ['start=soon', 'end=x', '_since=x', '_type=Nonsense', '_count=x', '_count=0', '_cursor=x'])
        expect([query, await at(`/Patient/${id('maria')}/$everything?${query}`)]).toEqual([query, '400 invalid']);
      const { tokens } = subject();
      expect(await at(`/Patient/${id('maria')}/$everything`, { token: tokens.operator })).toBe('403 forbidden');
      expect(await at(`/Patient/${id('maria')}/$everything`, { token: null })).toBe('401 login');
    });
  });
  describe('$lastn', () => {
    const of = async (query: string) => listed((await send('GET', `/Observation/$lastn?${query}`)).json, mark);

    test('default: the newest of each code, newest first', async () => {
      expect(await of(`patient=${id('maria')}`)).toEqual(['Observation/new', 'Observation/hiv', 'Observation/other']);
      const { json } = await send('GET', `/Observation/$lastn?patient=${id('maria')}`);
      expect([json.type, json.total]).toEqual(['searchset', 3]);
    });

    test('behavior: max of each; category and code choose; subject too, by GET and POST', async () => {
      expect(await of(`subject=Patient/${id('maria')}&max=2&code=718-7,2345-7`)).toEqual([
        'Observation/new',
        'Observation/old',
        'Observation/other',
      ]);
      expect(await of(`patient=${id('maria')}&category=vital-signs`)).toEqual([]);
      expect(await of(`patient=${id('maria')}&category=laboratory&code=2345-7`)).toEqual(['Observation/other']);
      const posted = await send('POST', '/Observation/$lastn', {
        body: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'patient', valueString: id('maria') },
            { name: 'code', valueString: '718-7' },
            { name: 'max', valuePositiveInt: 2 },
          ],
        },
      });
      expect(listed(posted.json, mark)).toEqual(['Observation/new', 'Observation/old']);
    });

    test('behavior: observations that share a coding are of one kind, also through a third', async () => {
      await put({ resourceType: 'Patient', id: id('ana') });
      const coding = (...codes: string[]) => ({
        code: { coding: codes.map((code) => ({ system: 'urn:codes', code })) },
      });
      await observation('a', 'ana', '2021', '', coding('a'));
      await observation('ab', 'ana', '2020', '', coding('a', 'b'));
      await observation('b', 'ana', '2022', '', coding('b'));
      await observation('words', 'ana', '2019', '', { code: { text: 'In words' } });
      expect(await of(`patient=${id('ana')}`)).toEqual(['Observation/b', 'Observation/words']);
    });

    test('behavior: what the scope hides is never the newest, and whoever asks is in the access log', async () => {
      const before = await entriesAbout('maria');
      const under = await operations(grantee(id('maria'))).lastN(`patient=${id('maria')}`, 5);
      expect(listed(under as Listed, mark)).not.toContain('Observation/hiv');
      expect((await operations(grantee(id('maria'))).lastN(`patient=${id('john')}`)).entry).toEqual([]);
      expect((await entriesAbout('maria')) - before).toBe(2);
    });

    test('error: 400 without a patient, for max 0 and for values that are none', async () => {
      for (const query of ['', 'code=718-7', 'patient=x&max=0', 'patient=x&max=many', 'patient=x&date=soon'])
        expect([query, refusal(await send('GET', `/Observation/$lastn?${query}`))]).toEqual([query, '400 invalid']);
    });
  });

  describeMeta(subject, use);
  describeMatch(subject, use);
}
