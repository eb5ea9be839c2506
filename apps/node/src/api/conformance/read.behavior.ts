import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { created, patient, refusal, type Subject } from './suite.fixture.ts';

/** https://hl7.org/fhir/R4/http.html#read, #vread, #cread, #delete, #mime-type, #parameters, and search.html#summary. */
export function describeRead(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);

  describe('read, vread and conditional read', () => {
    test('default: a read gives the resource with its version and time', async () => {
      const resource = patient();
      const id = await created(subject(), resource);
      const answer = await send('GET', `/Patient/${id}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
      expect(answer.headers.get('etag')).toBe('W/"1"');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const { meta, ...rest } = answer.json;
      expect(rest).toEqual({ ...resource, id });
      expect(new Date(meta.lastUpdated).toUTCString()).toBe(answer.headers.get('last-modified'));
    });

    test('behavior: HEAD is a read without the body', async () => {
      const id = await created(subject(), patient());
      const [head, get] = [await send('HEAD', `/Patient/${id}`), await send('GET', `/Patient/${id}`)];
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['etag', 'last-modified', 'content-type', 'content-length']) {
        expect(head.headers.get(name)).toBe(get.headers.get(name));
      }
      expect((await send('HEAD', `/Patient/${randomUUID()}`)).status).toBe(404);
    });

    test('behavior: each version is read by its number', async () => {
      const id = await created(subject(), patient({ active: true }));
      await send('PUT', `/Patient/${id}`, { body: patient({ id, active: false }) });
      const [first, second] = [
        await send('GET', `/Patient/${id}/_history/1`),
        await send('GET', `/Patient/${id}/_history/2`),
      ];
      expect([first.json.active, second.json.active]).toEqual([true, false]);
      expect([first.headers.get('etag'), second.headers.get('etag')]).toEqual(['W/"1"', 'W/"2"']);
      for (const version of ['3', '0', 'x', '1e0']) {
        expect((await send('GET', `/Patient/${id}/_history/${version}`)).status).toBe(404);
      }
    });

    test('behavior: what the caller has already is not sent again', async () => {
      const id = await created(subject(), patient());
      const { headers } = await send('GET', `/Patient/${id}`);
      const modified = headers.get('last-modified') as string;
      const before = new Date(Date.parse(modified) - 1000).toUTCString();
      const statuses: [Record<string, string>, number][] = [
        [{ 'if-none-match': 'W/"1"' }, 304],
        [{ 'if-none-match': '"1"' }, 304],
        [{ 'if-none-match': '*' }, 304],
        [{ 'if-none-match': 'W/"7", W/"1"' }, 304],
        [{ 'if-none-match': 'W/"2"' }, 200],
        [{ 'if-modified-since': modified }, 304],
        [{ 'if-modified-since': before }, 200],
        [{ 'if-modified-since': 'yesterday' }, 200],
        // A tag comes before a time.
        [{ 'if-none-match': 'W/"2"', 'if-modified-since': modified }, 200],
      ];
      for (const [asked, status] of statuses) {
        const answer = await send('GET', `/Patient/${id}`, { headers: asked });
        expect([asked, answer.status]).toEqual([asked, status]);
        expect(answer.headers.get('etag')).toBe('W/"1"');
        if (status === 304) expect(answer.text).toBe('');
      }
    });

    test('error: 404 for what never was, for unknown types and for what is no id', async () => {
      const paths = [
        `/Patient/${randomUUID()}`,
        '/Patient/a_b',
        '/Nonsense/1',
        '/patient/1',
        '/Patient/%00',
        '/Patient/..%2f..%2fetc',
      ];
      for (const path of paths) {
        expect([path, refusal(await send('GET', path))]).toEqual([path, '404 not-found']);
      }
    });

    test('error: a character that no id has gives 404, in a query 400, on either side of the interface', async () => {
      const fhir: [string, string][] = [
        ['GET', '/Patient/a%00'],
        ['PUT', '/Patient/a%00'],
        ['DELETE', '/Patient/a%00'],
        ['GET', '/Patient/a%00/_history/1'],
        ['GET', '/Patient/a/_history/%00'],
        ['GET', '/Patient/a%00/Condition'],
        ['GET', '/Patient/a%00/$everything'],
      ];
      for (const [method, path] of fhir) {
        const body = method === 'PUT' ? { body: patient({ id: 'a\0' }) } : {};
        expect([method, path, refusal(await send(method, path, body))]).toEqual([method, path, '404 not-found']);
      }
      for (const path of ['/Patient?_id=a%00', '/Patient/_history?_since=%00', '/ValueSet/$expand?url=a%00'])
        expect([path, refusal(await send('GET', path))]).toEqual([path, '400 invalid']);
      const { url, tokens } = subject();
      const own: [string, number][] = [
        ['/api/v1/proofs/records/Patient/a%00/1', 404],
        ['/api/v1/export?patient=a%00', 400],
        ['/api/v1/access-log?patient=a%00', 400],
      ];
      for (const [path, status] of own) {
        const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${tokens.clinician}` } });
        expect([path, answer.status]).toEqual([path, status]);
      }
    });

    test('error: the number of a custodian beyond those of the Directory', async () => {
      const { url, tokens } = subject();
      const headers = { authorization: `Bearer ${tokens.clinician}`, 'content-type': 'application/json' };
      for (const custodian of [2 ** 32, 9_999_999_999, 2 ** 53]) {
        const who = `0x${'1'.repeat(40)}`;
        const look = await fetch(`${url}/api/v1/received?custodian=${custodian}&subject=${who}`, { headers });
        const body = JSON.stringify({ custodian, purpose: 'TREAT', terms: {}, signature: '0x' });
        const fetched = await fetch(`${url}/api/v1/exchange/fetch`, { method: 'POST', headers, body });
        expect([custodian, look.status, fetched.status]).toEqual([custodian, 400, 400]);
      }
    });

    test('behavior: a sort parameter that is unknown is told, and refused when that is asked for', async () => {
      await created(subject(), patient());
      for (const query of ['_sort=foo', '_sort=-foo,_id', '_sort=foo&_summary=count', '_sort=foo&_count=0']) {
        const lenient = await send('GET', `/Patient?${query}`);
        const outcomes = (lenient.json.entry ?? []).filter(
          (entry: { search: { mode: string } }) => entry.search.mode === 'outcome',
        );
        expect([query, lenient.status, outcomes.length]).toEqual([query, 200, 1]);
        expect(outcomes[0].resource.issue[0].diagnostics).toContain('_sort=foo');
        expect(lenient.json.link[0].url).not.toContain('foo');
        const strict = await send('GET', `/Patient?${query}`, { headers: { prefer: 'handling=strict' } });
        expect([query, refusal(strict)]).toEqual([query, '400 invalid']);
      }
      expect((await send('GET', '?_type=Patient&_sort=foo')).json.entry.at(-1).search.mode).toBe('outcome');
    });

    test('behavior: a deleted record is 410, its versions stay, and an update brings it back', async () => {
      const id = await created(subject(), patient());
      const deleted = await send('DELETE', `/Patient/${id}`);
      expect([deleted.status, deleted.headers.get('etag'), deleted.text]).toEqual([204, 'W/"2"', '']);
      expect(refusal(await send('GET', `/Patient/${id}`))).toBe('410 deleted');
      expect((await send('GET', `/Patient/${id}/_history/1`)).status).toBe(200);
      expect(refusal(await send('GET', `/Patient/${id}/_history/2`))).toBe('410 deleted');
      expect((await send('DELETE', `/Patient/${id}`)).status).toBe(204);
      const again = await send('PUT', `/Patient/${id}`, { body: patient({ id }) });
      expect([again.status, again.headers.get('etag')]).toEqual([201, 'W/"3"']);
    });

    test('behavior: to delete what is not there is no fault, and Prefer gives an outcome', async () => {
      expect((await send('DELETE', `/Patient/${randomUUID()}`)).status).toBe(204);
      const headers = { prefer: 'return=OperationOutcome' };
      const answer = await send('DELETE', `/Patient/${await created(subject(), patient())}`, { headers });
      expect(refusal(answer)).toBe('200 informational');
    });

    test('error: without a token 401, and nothing is told', async () => {
      const id = await created(subject(), patient());
      for (const token of [null, 'ana_client_wrong']) {
        const answer = await send('GET', `/Patient/${id}`, { token });
        expect(refusal(answer)).toBe('401 login');
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
      expect(refusal(await send('GET', `/Patient/${id}`, { token: subject().tokens.operator }))).toBe('403 forbidden');
    });
  });

  describe('format', () => {
    test('default: JSON under each of its names', async () => {
      const id = await created(subject(), patient());
      const fhir = 'application/fhir+json; charset=utf-8';
      const plain = 'application/json; charset=utf-8';
      const asked: [string, string | null, string][] = [
        ['', 'application/fhir+json', fhir],
        ['', 'application/fhir+json; fhirVersion=4.0', fhir],
        ['', 'application/json', plain],
        ['', '*/*', fhir],
        ['', 'application/*;q=0.5, text/html', fhir],
        ['', 'application/fhir+xml, application/fhir+json;q=0.8', fhir],
        ['', 'application/json;q=0.5, application/fhir+json', fhir],
        ['?_format=json', 'text/html', fhir],
        ['?_format=application/fhir+json', null, fhir],
        ['?_format=application%2Fjson', 'application/fhir+xml', plain],
      ];
      for (const [query, accept, type] of asked) {
        const headers: Record<string, string> = accept === null ? {} : { accept };
        const answer = await send('GET', `/Patient/${id}${query}`, { headers });
        expect([query, accept, answer.status, answer.headers.get('content-type')]).toEqual([query, accept, 200, type]);
      }
    });

    test('error: 406 for XML and other versions, said so, and before anything is done', async () => {
      const id = await created(subject(), patient());
      for (const [query, accept] of [
        ['', 'application/fhir+xml'],
        ['', 'text/html'],
        ['', 'application/fhir+json; fhirVersion=3.0'],
        ['', 'application/fhir+json;q=0'],
        ['?_format=xml', '*/*'],
        ['?_format=ttl', 'application/fhir+json'],
      ] as const) {
        const answer = await send('DELETE', `/Patient/${id}${query}`, { headers: { accept } });
        expect([query, accept, refusal(answer)]).toEqual([query, accept, '406 not-supported']);
        expect(answer.json.issue[0].diagnostics).toContain('XML');
      }
      expect((await send('GET', `/Patient/${id}`)).status).toBe(200);
    });

    test('error: 415 for a body that is not JSON, 400 for one that is broken', async () => {
      const xml = {
        body: '<Patient xmlns="http://hl7.org/fhir"/>',
        headers: { 'content-type': 'application/fhir+xml' },
      };
      expect(refusal(await send('POST', '/Patient', xml))).toBe('415 not-supported');
      const broken = { body: '{"resourceType":', headers: { 'content-type': 'application/fhir+json' } };
      expect(refusal(await send('POST', '/Patient', broken))).toBe('400 structure');
      expect(refusal(await send('POST', '/Patient', { headers: { 'content-type': 'application/fhir+json' } }))).toBe(
        '400 invalid',
      );
    });

    test('behavior: _pretty gives lines, and the digits stay', async () => {
      const body =
        '{"resourceType":"Observation","status":"final","code":{"text":"a \\"b\\": {c}"},"valueQuantity":{"value":70.00,"unit":"kg"},"note":[{"text":"[]\\\\"}]}';
      const headers = { 'content-type': 'application/fhir+json' };
      const { json } = await send('POST', '/Observation', { body, headers });
      const answer = await send('GET', `/Observation/${json.id}?_pretty=true`);
      expect(answer.text).toContain('\n  "resourceType": "Observation"');
      expect(answer.text).toContain('\n    "value": 70.00');
      expect(answer.json).toEqual((await send('GET', `/Observation/${json.id}`)).json);
      expect((await send('GET', '/Patient?_id=none&_pretty=true')).text).toContain('"entry": []');
    });
  });

  describe('_summary and _elements', () => {
    const full = patient({
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
      maritalStatus: { text: 'married' },
      photo: [{ contentType: 'image/png', data: 'AAAA' }],
      _birthDate: { extension: [{ url: 'u:time', valueDateTime: '1980-05-01T10:00:00Z' }] },
      link: [
        { type: 'seealso', other: { reference: 'Patient/x' }, modifierExtension: [{ url: 'u:x', valueBoolean: true }] },
      ],
    });
    const keys = (resource: object): string[] => Object.keys(resource).sort();
    const SUBSETTED = 'SUBSETTED';

    test('default: each _summary gives its part, marked as such', async () => {
      const id = await created(subject(), full);
      const of = async (query: string) => (await send('GET', `/Patient/${id}?${query}`)).json;
      const summary = await of('_summary=true');
      expect(keys(summary)).toEqual([
        '_birthDate',
        'birthDate',
        'id',
        'identifier',
        'link',
        'meta',
        'name',
        'resourceType',
      ]);
      expect(summary.link).toEqual(full.link);
      expect(keys(await of('_summary=text'))).toEqual(
        ['id', 'link', 'meta', 'resourceType', 'text'].filter((key) => key !== 'link'),
      );
      expect(keys(await of('_summary=data'))).toEqual(keys({ ...full, id, meta: {} }).filter((key) => key !== 'text'));
      expect(keys(await of('_elements=name,Patient.photo,Observation.value'))).toEqual([
        'id',
        'meta',
        'name',
        'photo',
        'resourceType',
      ]);
      for (const query of ['_summary=true', '_summary=text', '_summary=data', '_elements=name']) {
        expect((await of(query)).meta.tag.map(({ code }: { code: string }) => code)).toEqual([SUBSETTED]);
      }
      expect((await of('_summary=false')).meta.tag).toBeUndefined();
    });

    test('behavior: mandatory elements stay, and what is no summary inside an element goes', async () => {
      const report = {
        resourceType: 'DiagnosticReport',
        status: 'final',
        code: { text: 'x' },
        presentedForm: [{ contentType: 'text/plain', data: 'AAAA' }],
      };
      const id = await created(subject(), report);
      const bare = (await send('GET', `/DiagnosticReport/${id}?_elements=issued`)).json;
      expect(keys(bare)).toEqual(['code', 'id', 'meta', 'resourceType', 'status']);
      const media = {
        resourceType: 'Media',
        status: 'completed',
        content: { contentType: 'text/plain', title: 't', data: 'AAAA' },
      };
      const mediaId = await created(subject(), media);
      const { json } = await send('GET', `/Media/${mediaId}?_summary=true`);
      expect(json.content).toEqual({ contentType: 'text/plain', title: 't' });
      const documented = {
        resourceType: 'DocumentReference',
        status: 'current',
        content: [{ attachment: { title: 't', data: 'AAAA' } }],
      };
      const found = await send('GET', `/DocumentReference/${await created(subject(), documented)}?_summary=true`);
      expect(found.json.content).toEqual([{ attachment: { title: 't' } }]);
    });

    test('behavior: a search cuts its matches, and _summary=count gives the number alone', async () => {
      const marked = patient({ ...full, identifier: [{ system: 'urn:cut', value: 'one' }] });
      await created(subject(), marked);
      const { json } = await send('GET', '/Patient?identifier=urn:cut|one&_elements=identifier');
      expect(keys(json.entry[0].resource)).toEqual(['id', 'identifier', 'meta', 'resourceType']);
      const count = (await send('GET', '/Patient?identifier=urn:cut|one&_summary=count')).json;
      expect([count.total, count.entry]).toEqual([1, []]);
    });
  });
}
