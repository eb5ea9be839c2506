import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { readAccessLog } from '../../modules/audit/index.ts';
import type { Authority } from '../../modules/consent/index.ts';
import { openOperations } from '../../modules/records/index.ts';
import { clinician, grantee } from '../../testing/records-world.ts';
import { refusal, type Subject } from './suite.fixture.ts';

const BASE = 'https://aldhelm.example/fhir/R4';
const LAB = { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' };

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
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const put = async (resource: { resourceType: string; id: string; [element: string]: unknown }): Promise<void> => {
    const answer = await send('PUT', `/${resource.resourceType}/${resource.id}`, { body: resource });
    if (answer.status >= 300) throw new Error(`not stored: ${answer.text}`);
  };
  const mark = randomUUID().slice(0, 8);
  const id = (name: string): string => `${name}-${mark}`;
  const ref = (type: string, name: string) => ({ reference: `${type}/${id(name)}` });
  const observation = (name: string, patient: string, day: string, code: string, over: object = {}) =>
    put({
      resourceType: 'Observation',
      id: id(name),
      status: 'final',
      category: [{ coding: [LAB] }],
      code: { coding: [{ system: 'http://loinc.org', code }] },
      subject: ref('Patient', patient),
      effectiveDateTime: day,
      ...over,
    });
  const operations = (authority: Authority) => openOperations(subject().context, authority);
  const entriesAbout = async (name: string): Promise<number> =>
    (await readAccessLog(subject().context, subject().context.database, { patient: id(name), count: 1000 })).entries
      .length;

  beforeAll(async () => {
    await put({ resourceType: 'Organization', id: id('trust'), name: 'Trust' });
    await put({
      resourceType: 'Organization',
      id: id('ward'),
      name: 'Ward',
      partOf: ref('Organization', 'trust'),
      meta: { tag: [{ system: 'urn:tag', code: id('tag') }] },
    });
    await put({
      resourceType: 'Practitioner',
      id: id('hale'),
      name: [{ family: 'Hale' }],
    });
    for (const name of ['maria', 'john']) {
      await put({
        resourceType: 'Patient',
        id: id(name),
        name: [{ family: `Fam${mark}`, given: [name] }],
        gender: name === 'maria' ? 'female' : 'male',
        birthDate: '1980-05-01',
        identifier: [{ system: 'urn:mrn', value: id(name) }],
        managingOrganization: ref('Organization', 'ward'),
      });
    }
    await observation('old', 'maria', '2020-01-01', '718-7', { performer: [ref('Practitioner', 'hale')] });
    await observation('new', 'maria', '2024-01-01', '718-7');
    await observation('other', 'maria', '2023-01-01', '2345-7');
    await observation('hiv', 'maria', '2023-02-01', '7917-8', {
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] },
    });
    await observation('johns', 'john', '2024-02-01', '718-7');
    await put({
      resourceType: 'Group',
      id: id('cohort'),
      type: 'person',
      actual: true,
      member: [{ entity: ref('Patient', 'maria') }],
    });
  });

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

  describe('$meta', () => {
    const metaOf = async (path: string) => (await send('GET', path)).json.parameter[0].valueMeta;

    test('default: of a record, as it stands', async () => {
      const { meta } = (await send('GET', `/Organization/${id('ward')}`)).json;
      expect(await metaOf(`/Organization/${id('ward')}/$meta`)).toEqual(meta);
    });

    test('behavior: of a type and of everything: the labels in use, as far as they may be seen', async () => {
      const tag = { system: 'urn:tag', code: id('tag') };
      expect((await metaOf('/Organization/$meta')).tag).toContainEqual(tag);
      expect((await metaOf('/$meta')).tag).toContainEqual(tag);
      expect((await metaOf('/Patient/$meta')).tag ?? []).not.toContainEqual(tag);
      const secret = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' };
      expect((await metaOf('/Observation/$meta')).security).toContainEqual(secret);
      const { parameter } = await operations(grantee(id('maria'))).meta('Observation', null);
      expect((parameter as { valueMeta: object }[])[0]?.valueMeta).toEqual({});
    });

    test('error: 404 for what is not there', async () => {
      expect(refusal(await send('GET', `/Patient/${randomUUID()}/$meta`))).toBe('404 not-found');
      expect(refusal(await send('GET', '/Nonsense/$meta'))).toBe('404 not-found');
    });
  });

  describe('$meta-add and $meta-delete', () => {
    const coding = (code: string) => ({ system: 'urn:tag', code });
    const change = (how: string, path: string, meta: unknown, headers: Record<string, string> = {}) =>
      send('POST', `${path}/$meta-${how}`, {
        headers,
        body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] },
      });

    test('default: labels, tags and profiles are added once and taken out; the rest stays', async () => {
      const made = await send('POST', '/Organization', {
        body: { resourceType: 'Organization', name: 'Ward 1.0', meta: { tag: [coding('a')], source: 'urn:x' } },
      });
      const path = `/Organization/${made.json.id}`;
      const more = { tag: [coding('a'), coding('b')], security: [coding('c')], profile: ['http://example.org/p'] };
      const added = await change('add', path, more, { 'if-match': 'W/"1"' });
      expect([added.status, added.json.parameter[0].name]).toEqual([200, 'return']);
      expect(added.json.parameter[0].valueMeta).toMatchObject({ ...more, source: 'urn:x', versionId: '2' });
      expect((await send('GET', `/Organization?_tag=urn:tag|b&_id=${made.json.id}&_summary=count`)).json.total).toBe(1);
      // Again: nothing to add, and no version.
      expect((await change('add', path, more)).json.parameter[0].valueMeta.versionId).toBe('2');
      const deleted = await change('delete', path, {
        tag: [coding('a'), coding('z')],
        profile: ['http://example.org/p'],
      });
      const { meta, name } = (await send('GET', path)).json;
      expect([deleted.json.parameter[0].valueMeta, name]).toEqual([meta, 'Ward 1.0']);
      expect(meta).toMatchObject({ tag: [coding('b')], security: [coding('c')], versionId: '3' });
      expect(meta.profile).toBeUndefined();
    });

    test('error: no meta, no record, another version, not allowed', async () => {
      const path = `/Organization/${id('ward')}`;
      expect(refusal(await send('POST', `${path}/$meta-add`, { body: { resourceType: 'Parameters' } }))).toBe(
        '400 invalid',
      );
      expect((await change('add', path, { tag: 'x' })).status).toBe(422);
      expect(refusal(await change('add', `/Organization/${randomUUID()}`, { tag: [coding('a')] }))).toBe(
        '404 not-found',
      );
      expect((await change('delete', path, { tag: [coding('a')] }, { 'if-match': 'W/"77"' })).status).toBe(412);
      const token = subject().tokens.operator;
      const body = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [coding('a')] } }] };
      expect((await send('POST', `${path}/$meta-add`, { token, body })).status).toBe(403);
    });
  });

  describe('$match', () => {
    const match = (resource: object, more: readonly object[] = [], token?: string) =>
      send('POST', '/Patient/$match', {
        body: {
          resourceType: 'Parameters',
          parameter: [{ name: 'resource', resource: { resourceType: 'Patient', ...resource } }, ...more],
        },
        ...(token !== undefined && { token }),
      });
    const graded = (answer: { json: { entry: object[] } }) =>
      (
        answer.json.entry as {
          resource: { id: string };
          search: { score: number; extension: { valueCode: string }[] };
        }[]
      ).map(({ resource, search }) => [
        resource.id.replace(`-${mark}`, ''),
        search.extension[0]?.valueCode,
        search.score,
      ]);
    const FAMILY = `Fam${mark}`;

    test('default: by identifier certain, by name and birth date probable, by less possible', async () => {
      const byIdentifier = await match({ identifier: [{ system: 'urn:mrn', value: id('maria') }] });
      expect(graded(byIdentifier)).toEqual([['maria', 'certain', 1]]);
      const demographics = { name: [{ family: FAMILY, given: ['María'] }], gender: 'female', birthDate: '1980-05-01' };
      expect(graded(await match(demographics))).toEqual([['maria', 'probable', 0.94]]);
      expect(
        graded(await match({ name: [{ family: FAMILY, given: ['M.'] }], birthDate: '1980-01-05' })),
      ).toContainEqual(['maria', 'possible', 0.7]);
      expect(graded(await match({ name: [{ family: FAMILY, given: ['Maria'] }], birthDate: '1955-01-01' }))).toEqual(
        [],
      );
      expect(graded(await match({ identifier: [{ system: 'urn:mrn', value: 'nobody' }] }))).toEqual([]);
    });

    test('behavior: what contradicts counts against an identifier', async () => {
      const answer = await match({
        identifier: [{ system: 'urn:mrn', value: id('maria') }],
        birthDate: '1955-01-01',
        gender: 'male',
      });
      expect(graded(answer)).toEqual([]);
      const one = await match({ identifier: [{ system: 'urn:mrn', value: id('maria') }], gender: 'male' });
      expect(graded(one)).toEqual([['maria', 'probable', 0.8]]);
    });

    test('behavior: onlyCertainMatches and count; the body may be the Patient itself', async () => {
      const demographics = { name: [{ family: FAMILY, given: ['Maria'] }], birthDate: '1980-05-01' };
      const certain = { name: 'onlyCertainMatches', valueBoolean: true };
      expect(graded(await match(demographics, [certain]))).toEqual([]);
      const identifier = [
        { system: 'urn:mrn', value: id('maria') },
        { system: 'urn:mrn', value: id('john') },
      ];
      expect(graded(await match({ identifier })).length).toBe(2);
      expect(graded(await match({ identifier }, [certain]))).toEqual([]);
      expect(graded(await match({ identifier }, [{ name: 'count', valueInteger: 1 }])).length).toBe(1);
      const body = { resourceType: 'Patient', identifier: [identifier[1]] };
      expect(graded(await send('POST', '/Patient/$match', { body }))).toEqual([['john', 'certain', 1]]);
    });

    test('behavior: who was found has it in her access log, without the description', async () => {
      const before = await entriesAbout('maria');
      await match({ identifier: [{ system: 'urn:mrn', value: id('maria') }] });
      expect((await entriesAbout('maria')) - before).toBe(1);
      const { context } = subject();
      const { entries } = await readAccessLog(context, context.database, { patient: id('maria'), count: 1 });
      expect(JSON.stringify(entries)).not.toContain('urn:mrn');
    });

    test('error: for those who may search all patients only; a description that says something', async () => {
      const described = { resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: id('maria') }] };
      await expect(operations(grantee(id('maria'))).match(described)).rejects.toMatchObject({ status: 403 });
      const own = (patient: string | null, type: string): Authority =>
        clinician({
          scope: {
            kind: 'narrowed',
            within: { kind: 'all' },
            rules: [{ type, actions: 'rs', patient, criteria: null }],
            action: null,
          },
        });
      await expect(operations(own(id('maria'), 'Patient')).match(described)).rejects.toMatchObject({ status: 403 });
      await expect(operations(own(null, 'Observation')).match(described)).rejects.toMatchObject({ status: 403 });
      expect((await operations(own(null, 'Patient')).match(described)).entry.length).toBe(1);
      expect(refusal(await match(described, [], subject().tokens.operator))).toBe('403 forbidden');
      expect(refusal(await match({ gender: 'female' }))).toBe('400 invalid');
      expect(refusal(await send('POST', '/Patient/$match'))).toBe('400 invalid');
      expect(refusal(await match({ birthDate: 'soon' }))).toMatch(/^422 /);
      expect(refusal(await match(described, [{ name: 'count', valueString: 'x' }]))).toBe('400 invalid');
    });
  });
}
