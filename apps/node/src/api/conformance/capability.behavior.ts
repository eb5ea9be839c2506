import { describe, expect, test } from 'vitest';
import { created, patient, refusal, type Subject } from './suite.fixture.ts';

interface Resource {
  readonly type: string;
  readonly interaction: { readonly code: string }[];
  readonly searchParam: { readonly name: string; readonly type: string }[];
  readonly searchInclude: string[];
  readonly searchRevInclude?: string[];
}

/** https://hl7.org/fhir/R4/http.html#capabilities and capabilitystatement.html: what is said is served. */
export function describeCapability(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const statement = async () => (await send('GET', '/metadata', { token: null })).json;
  const resources = async (): Promise<Resource[]> => (await statement()).rest[0].resource;

  describe('CapabilityStatement', () => {
    test('default: without a token, and valid by our own rules', async () => {
      const json = await statement();
      expect([json.resourceType, json.fhirVersion, json.kind]).toEqual(['CapabilityStatement', '4.0.1', 'instance']);
      expect(json.patchFormat).toEqual(['application/json-patch+json', 'application/fhir+json']);
      expect(Number.isNaN(Date.parse(json.date))).toBe(false);
      const stored = await send('POST', '/CapabilityStatement', { body: json });
      expect([stored.status, stored.status === 201 ? '' : stored.text.slice(0, 2000)]).toEqual([201, '']);
      expect((await send('GET', '/metadata?_format=xml', { token: null })).status).toBe(406);
      const pretty = await send('GET', '/metadata?_pretty=true&_format=application/json', { token: null });
      expect([pretty.json, pretty.text.split('\n').length > 1000]).toEqual([json, true]);
      const summary = (await send('GET', '/metadata?_summary=true', { token: null })).json;
      expect([summary.fhirVersion, summary.meta.tag[0].code]).toEqual(['4.0.1', 'SUBSETTED']);
    });

    test('behavior: every type has the interactions of the routes', async () => {
      const all = await resources();
      expect(all.length).toBeGreaterThan(140);
      const codes = [
        'read',
        'vread',
        'update',
        'patch',
        'delete',
        'history-instance',
        'history-type',
        'create',
        'search-type',
      ];
      // Subscriptions are no records: `subscription.behavior.ts`.
      for (const { type, interaction } of all.filter((one) => one.type !== 'Subscription'))
        expect([type, interaction.map(({ code }) => code)]).toEqual([type, codes]);
      const json = await statement();
      expect(json.rest[0].interaction.map(({ code }: { code: string }) => code)).toEqual([
        'transaction',
        'batch',
        'search-system',
        'history-system',
      ]);
    });

    test('behavior: every search parameter that is named is answered', async () => {
      const values: Record<string, string> = {
        date: '2020',
        number: '1',
        quantity: '1',
        token: 'x',
        string: 'x',
        uri: 'u:x',
        reference: 'Patient/x',
        composite: 'x$x',
        special: 'x',
      };
      for (const { type, searchParam } of (await resources()).filter(({ type }) =>
        ['Patient', 'Observation', 'MedicationRequest', 'Encounter', 'Location'].includes(type),
      )) {
        expect(searchParam.map(({ name }) => name)).toEqual(expect.arrayContaining(['_id', '_lastUpdated', '_tag']));
        for (const { name, type: kind } of searchParam.filter(
          (one) => one.type !== 'special' && one.type !== 'composite',
        )) {
          const value = name === '_lastUpdated' ? '2020' : values[kind];
          const answer = await send('GET', `/${type}?${name}=${value}&_count=1`, {
            headers: { prefer: 'handling=strict' },
          });
          expect([type, name, answer.status]).toEqual([type, name, 200]);
        }
      }
    });

    test('behavior: every include that is named is followed', async () => {
      const all = await resources();
      const { searchInclude = [], searchRevInclude = [] } = all.find(({ type }) => type === 'Encounter') ?? {};
      expect(searchInclude).toContain('Encounter:subject');
      expect(searchRevInclude).toContain('Observation:encounter');
      for (const include of searchInclude) {
        expect([include, (await send('GET', `/Encounter?_include=${include}&_count=1`)).status]).toEqual([
          include,
          200,
        ]);
      }
      for (const include of searchRevInclude) {
        expect([include, (await send('GET', `/Encounter?_revinclude=${include}&_count=1`)).status]).toEqual([
          include,
          200,
        ]);
      }
    });
  });

  describe('search over HTTP', () => {
    test('default: GET, POST with a form, both together, at every level', async () => {
      const body = patient({ gender: 'other' });
      const id = await created(subject(), body);
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const found = async (method: string, path: string, text?: string): Promise<string[]> => {
        const answer = await send(method, path, text === undefined ? {} : { body: text, headers: form });
        return answer.json.entry.map(({ resource }: { resource: { id: string } }) => resource.id);
      };
      expect(await found('GET', `/Patient?_id=${id}`)).toEqual([id]);
      expect(await found('POST', '/Patient/_search', `_id=${id}`)).toEqual([id]);
      expect(await found('POST', `/Patient/_search?_id=${id}`, 'gender=male')).toEqual([]);
      expect(await found('GET', `?_type=Patient&_id=${id}`)).toEqual([id]);
      expect(await found('POST', '/_search', `_type=Patient&_id=${id}`)).toEqual([id]);
      const observation = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: `Patient/${id}` },
      };
      const own = await created(subject(), observation);
      expect(await found('GET', `/Patient/${id}/Observation`)).toEqual([own]);
      expect(await found('POST', `/Patient/${id}/Observation/_search`, 'status=final')).toEqual([own]);
      expect((await found('GET', `/Patient/${id}/*`)).sort()).toEqual([id, own].sort());
    });

    test('behavior: what is not known is ignored and said, or refused where strictness is preferred', async () => {
      const lenient = await send('GET', '/Patient?colour=red&_count=1');
      const outcome = lenient.json.entry.at(-1);
      expect([outcome.search.mode, outcome.resource.issue[0].diagnostics]).toEqual([
        'outcome',
        expect.stringContaining('colour'),
      ]);
      const strict = await send('GET', '/Patient?colour=red', { headers: { prefer: 'handling=strict' } });
      expect(refusal(strict)).toBe('400 invalid');
    });

    test('error: 404 for types and compartments that are none', async () => {
      for (const path of [
        '/Nonsense?_id=1',
        '/Patient/1/Nonsense',
        '/Group/1/Observation',
        '/Patient/1/$nothing',
        '/$nothing',
      ]) {
        expect([path, refusal(await send('GET', path))]).toEqual([path, '404 not-found']);
      }
    });
  });
}
