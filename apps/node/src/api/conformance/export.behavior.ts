import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { readAccessLog } from '../../modules/audit/index.ts';
import type { Authority } from '../../modules/consent/index.ts';
import { Exports } from '../../modules/records/index.ts';
import type { HttpAnswer } from '../../testing/http-node.ts';
import { clinician, grantee } from '../../testing/records-world.ts';
import { refusal, type Subject } from './suite.fixture.ts';

const BASE = 'https://aldhelm.example/fhir/R4';

interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly { readonly type: string; readonly url: string; readonly count: number }[];
  readonly deleted: readonly { readonly type: string; readonly url: string }[];
  readonly error: readonly unknown[];
}
interface Line {
  readonly resourceType: string;
  readonly id: string;
  /** Of a Bundle. */
  readonly entry?: readonly object[];
  readonly [element: string]: unknown;
}

/** Bulk Data Access 2.0 (https://hl7.org/fhir/uv/bulkdata/STU2/export.html). */
export function describeExport(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const mark = randomUUID().slice(0, 8);
  const id = (name: string): string => `${name}-${mark}`;
  const ref = (type: string, name: string) => ({ reference: `${type}/${id(name)}` });
  const put = async (resource: { resourceType: string; id: string; [element: string]: unknown }): Promise<void> => {
    const answer = await send('PUT', `/${resource.resourceType}/${resource.id}`, { body: resource });
    if (answer.status >= 300) throw new Error(`not stored: ${answer.text}`);
  };
  const observation = (name: string, patient: string, code: string, over: object = {}) =>
    put({
      resourceType: 'Observation',
      id: id(name),
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code }] },
      subject: ref('Patient', patient),
      ...over,
    });
  const begin = (path: string, prefer = 'respond-async', token?: string): Promise<HttpAnswer> =>
    send('GET', path, { headers: { prefer }, ...(token !== undefined && { token }) });
  const placeOf = (answer: HttpAnswer): string => (answer.headers.get('content-location') ?? '').replace(BASE, '');
  const ready = async (place: string): Promise<HttpAnswer> => {
    for (;;) {
      const answer = await send('GET', place);
      if (answer.status !== 202) return answer;
      expect([answer.headers.get('retry-after'), answer.headers.get('x-progress')]).toEqual([
        '1',
        expect.stringMatching(/^\d+ of \d+ types$/),
      ]);
    }
  };
  const exported = async (path: string): Promise<{ place: string; manifest: Manifest }> => {
    const answer = await begin(path);
    expect([path, answer.status]).toEqual([path, 202]);
    const place = placeOf(answer);
    return { place, manifest: (await ready(place)).json };
  };
  const linesOf = async (files: readonly { readonly url: string }[]): Promise<Line[]> => {
    const all: Line[] = [];
    for (const { url } of files) {
      const { status, text, headers } = await send('GET', url.replace(BASE, ''), {
        headers: { accept: 'application/fhir+ndjson' },
      });
      expect([status, headers.get('content-type')]).toEqual([200, 'application/fhir+ndjson']);
      all.push(...text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line])));
    }
    return all;
  };
  const named = (lines: readonly Line[]): string[] =>
    lines
      .flatMap((line) => (line.id.endsWith(mark) ? [`${line.resourceType}/${line.id.replace(`-${mark}`, '')}`] : []))
      .sort();
  const all = async (path: string): Promise<string[]> => named(await linesOf((await exported(path)).manifest.output));

  describe('$export', () => {
    beforeAll(async () => {
      await put({ resourceType: 'Organization', id: id('far'), name: 'Far away' });
      await put({ resourceType: 'Practitioner', id: id('hale'), name: [{ family: 'Hale' }] });
      for (const name of ['maria', 'john'])
        await put({ resourceType: 'Patient', id: id(name), name: [{ family: name }], active: name === 'maria' });
      await observation('sugar', 'maria', '2345-7', {
        performer: [ref('Practitioner', 'hale')],
        valueString: 'dulce ñ\n',
      });
      await observation('blood', 'maria', '718-7');
      await observation('johns', 'john', '718-7');
      await put({
        resourceType: 'Group',
        id: id('cohort'),
        type: 'person',
        actual: true,
        member: [{ entity: ref('Patient', 'maria') }, { entity: ref('Patient', 'john'), inactive: true }],
      });
    });

    test('default: 202, then a manifest, then ndjson files with what was stored', async () => {
      const { manifest } = await exported('/$export');
      expect(manifest).toMatchObject({
        request: `${BASE}/$export`,
        requiresAccessToken: true,
        deleted: [],
        error: [],
        transactionTime: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      const lines = await linesOf(manifest.output);
      expect(lines.length).toBe(manifest.output.reduce((sum, { count }) => sum + count, 0));
      expect(named(lines)).toEqual([
        'Group/cohort',
        'Observation/blood',
        'Observation/johns',
        'Observation/sugar',
        'Organization/far',
        'Patient/john',
        'Patient/maria',
        'Practitioner/hale',
      ]);
      const { json } = await send('GET', `/Observation/${id('sugar')}`);
      expect(lines.find((line) => line.id === id('sugar'))).toEqual(json);
    });

    test('behavior: all patients: what is theirs and who treated them, nothing else', async () => {
      const found = await all('/Patient/$export');
      expect(found).toEqual(expect.arrayContaining(['Patient/john', 'Observation/johns', 'Practitioner/hale']));
      expect(found).not.toContain('Organization/far');
    });

    test("behavior: a Group's: of its active members alone", async () => {
      expect(await all(`/Group/${id('cohort')}/$export?_type=Patient,Observation,Practitioner,Organization`)).toEqual([
        'Observation/blood',
        'Observation/sugar',
        'Patient/maria',
        'Practitioner/hale',
      ]);
    });

    test('behavior: _type, _typeFilter and _elements choose; filters of one type add up; POST does too', async () => {
      expect(await all('/$export?_type=Patient,Practitioner')).toEqual([
        'Patient/john',
        'Patient/maria',
        'Practitioner/hale',
      ]);
      const filter = encodeURIComponent(
        `Observation?code=718-7&subject=Patient/${id('john')},Observation?code=2345-7,9999-9,Patient?active=true`,
      );
      expect(await all(`/$export?_type=Patient,Observation,Practitioner&_typeFilter=${filter}`)).toEqual([
        'Observation/johns',
        'Observation/sugar',
        'Patient/maria',
        'Practitioner/hale',
      ]);
      const parameter = [
        { name: '_type', valueString: 'Observation' },
        { name: '_elements', valueString: 'code,Observation.status' },
      ];
      const answer = await send('POST', '/Patient/$export', {
        body: { resourceType: 'Parameters', parameter },
        headers: { prefer: 'respond-async' },
      });
      const lines = await linesOf((await ready(placeOf(answer))).json.output);
      const sugar = lines.find((line) => line.id === id('sugar'));
      expect(Object.keys(sugar ?? {}).sort()).toEqual(['code', 'id', 'meta', 'resourceType', 'status']);
      expect(sugar?.meta).toMatchObject({ tag: [{ code: 'SUBSETTED' }] });
    });

    test('behavior: the records as they were then, whatever is written before the files are fetched', async () => {
      await observation('early', 'john', '718-7', { valueString: 'first' });
      const { manifest } = await exported('/$export?_type=Observation');
      await observation('early', 'john', '718-7', { valueString: 'second' });
      await observation('late', 'john', '718-7');
      await send('DELETE', `/Observation/${id('johns')}`);
      const lines = await linesOf(manifest.output);
      expect(lines.find((line) => line.id === id('early'))).toMatchObject({
        valueString: 'first',
        meta: { versionId: '1' },
      });
      expect(named(lines)).toContain('Observation/johns');
      expect(named(lines)).not.toContain('Observation/late');

      const after = await exported(`/$export?_since=${encodeURIComponent(manifest.transactionTime)}`);
      expect(named(await linesOf(after.manifest.output))).toEqual(['Observation/early', 'Observation/late']);
      const [bundle] = await linesOf(after.manifest.deleted);
      expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'transaction' });
      expect(bundle?.entry).toContainEqual({
        request: { method: 'DELETE', url: `Observation/${id('johns')}` },
      });
    });

    test('behavior: by POST for some patients only, of all or of a Group', async () => {
      const asked = (path: string, names: readonly string[], prefer = 'respond-async') =>
        send('POST', path, {
          headers: { prefer },
          body: {
            resourceType: 'Parameters',
            parameter: [
              { name: '_type', valueString: 'Patient,Observation' },
              ...names.map((name) => ({ name: 'patient', valueReference: { reference: `Patient/${name}` } })),
            ],
          },
        });
      for (const path of ['/Patient/$export', `/Group/${id('cohort')}/$export`]) {
        const place = placeOf(await asked(path, [id('maria')]));
        const { json } = await ready(place);
        expect(named(await linesOf(json.output)).filter((one) => one.startsWith('Patient'))).toEqual(['Patient/maria']);
        expect(named(await linesOf(json.output))).not.toContain('Observation/johns');
        await send('DELETE', place);
      }
      // John left the Group; of nobody it is not told whether she is there.
      for (const [path, name] of [
        [`/Group/${id('cohort')}/$export`, id('john')],
        ['/Patient/$export', 'nobody'],
        ['/Patient/$export', '../x'],
      ] as const)
        expect([name, refusal(await asked(path, [name]))]).toEqual([name, '400 invalid']);
      expect(refusal(await asked('/$export', [id('maria')]))).toBe('400 not-supported');
      expect(refusal(await begin(`/Patient/$export?patient=Patient/${id('maria')}`))).toBe('400 not-supported');
    });

    test('behavior: what was ignored, as preferred, is said in the manifest', async () => {
      const place = placeOf(
        await begin(
          '/Patient/$export?_type=Basic&includeAssociatedData=x&patient=y',
          'respond-async, handling=lenient',
        ),
      );
      const { error } = (await ready(place)).json;
      expect(error).toEqual([{ type: 'OperationOutcome', url: `${BASE}${place}/ignored`, count: 1 }]);
      const [outcome] = await linesOf(error);
      expect(outcome).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'warning' }] });
      expect(JSON.stringify(outcome)).toContain('includeAssociatedData, patient');
      await send('DELETE', place);
    });

    test('behavior: files are packed for who takes that', async () => {
      const { place, manifest } = await exported('/Patient/$export?_type=Patient');
      const path = manifest.output[0]?.url.replace(BASE, '') ?? '';
      const bytesOf = (coding: string) =>
        new Promise<{ coding: string | undefined; bytes: Buffer }>((resolve, reject) => {
          const { url, tokens } = subject();
          const headers = { authorization: `Bearer ${tokens.clinician}`, 'accept-encoding': coding };
          get(`${url}/fhir/R4${path}`, { headers }, async (answer) => {
            const chunks: Buffer[] = [];
            for await (const chunk of answer) chunks.push(chunk as Buffer);
            resolve({ coding: answer.headers['content-encoding'], bytes: Buffer.concat(chunks) });
          }).on('error', reject);
        });
      const [plain, packed] = [await bytesOf('identity'), await bytesOf('br;q=0.5, gzip;q=0.8')];
      expect([plain.coding, packed.coding, (await bytesOf('gzip;q=0')).coding]).toEqual([undefined, 'gzip', undefined]);
      expect(gunzipSync(packed.bytes)).toEqual(plain.bytes);
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length);
      await send('DELETE', place);
    });

    test('behavior: every exported patient finds it in her access log, and nobody else', async () => {
      const { context } = subject();
      const count = async (name: string) =>
        (await readAccessLog(context, context.database, { patient: id(name), count: 1000 })).entries.length;
      const { manifest } = await exported(`/Group/${id('cohort')}/$export?_type=Observation`);
      const before = [await count('maria'), await count('john')];
      await linesOf(manifest.output);
      expect([await count('maria'), await count('john')]).toEqual([(before[0] ?? 0) + 1, before[1]]);
    });

    test('behavior: what a consent or an app may not see is in no file, nor counted', async () => {
      const exports = new Exports(subject().context);
      const of = async (authority: Authority, types: string[] = []) => {
        const job = await exports.begin(authority, { level: 'system', types, filters: [], elements: [], url: '' });
        let status = await exports.status(authority, job);
        while (!status.ready) status = await exports.status(authority, job);
        let text = '';
        for (const { part } of status.parts)
          for await (const piece of exports.file(authority, job, part)) text += piece;
        const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
        expect(lines.length).toBe(status.parts.reduce((sum, one) => sum + one.count, 0));
        return { job, found: named(lines) };
      };
      // What stands in words (valueString) is unclassified, and so withheld unless every sensitive class is named.
      const consent = await of(grantee(id('maria')));
      expect(consent.found).toEqual(['Observation/blood', 'Patient/maria']);
      const whole = await of(grantee(id('maria'), { sensitive: ~0 }));
      expect(whole.found).toEqual(['Observation/blood', 'Observation/sugar', 'Patient/maria']);
      await expect(exports.status(clinician(), consent.job)).rejects.toMatchObject({ status: 404 });
      await expect(exports.file(clinician(), consent.job, 0).next()).rejects.toMatchObject({ status: 404 });

      const app = (scopes: string[]): Authority =>
        clinician({
          app: { id: 'bulk', name: 'Bulk' },
          basis: { kind: 'app', for: 'system' },
          scope: {
            kind: 'narrowed',
            within: { kind: 'all' },
            rules: scopes.map((type) => ({ type, actions: 'rs', patient: null, criteria: null })),
            action: null,
          },
        });
      const patients = await of(app(['Patient']));
      expect(patients.found).toEqual(['Patient/john', 'Patient/maria']);
      await expect(of(app(['Patient']), ['Observation'])).rejects.toMatchObject({ status: 403 });
      // A token with less than the one that began it gets less.
      const observations = app(['Observation']);
      await expect(exports.file(observations, patients.job, 0).next()).rejects.toMatchObject({ status: 403 });
      await exports.stop();
    });

    test('behavior: a preparation that was ended goes on from where it was, in another process', async () => {
      const first = new Exports(subject().context);
      const options = { level: 'system' as const, types: [], filters: [], elements: [], url: '' };
      const authority = clinician({ display: id('restart') });
      const job = await first.begin(authority, options);
      await first.stop();
      const second = new Exports(subject().context);
      let status = await second.status(authority, job);
      while (!status.ready) status = await second.status(authority, job);
      expect(status.parts.length).toBeGreaterThan(3);
      await second.stop();
    });

    test('behavior: cancelled, it is gone; of what one client may keep there is an end', async () => {
      const { place, manifest } = await exported('/$export?_type=Patient');
      expect((await send('DELETE', place)).status).toBe(202);
      expect(refusal(await send('GET', place))).toBe('404 not-found');
      expect(refusal(await send('GET', (manifest.output[0]?.url ?? '').replace(BASE, '')))).toBe('404 not-found');
      expect(refusal(await send('DELETE', place))).toBe('404 not-found');
      const { tokens } = subject();
      const answers = [];
      for (let at = 0; at < 11; at++)
        answers.push(await begin('/$export?_type=Group', 'respond-async', tokens.registrar));
      expect(answers.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(202));
      const last = answers.at(-1) as HttpAnswer;
      expect([refusal(last), last.headers.get('retry-after')]).toEqual(['429 throttled', '3600']);
      expect(refusal(await send('GET', placeOf(answers[0] as HttpAnswer), { token: tokens.clinician }))).toBe(
        '404 not-found',
      );
    });

    test('error: what cannot be exported is refused before anything is kept', async () => {
      expect(refusal(await send('GET', '/$export'))).toBe('400 invalid');
      for (const [query, code] of [
        ['_type=Nonsense', '400 invalid'],
        ['_since=soon', '400 invalid'],
        ['_outputFormat=csv', '400 not-supported'],
        ['includeAssociatedData=LatestProvenanceResources', '400 not-supported'],
        ['_typeFilter=Nonsense?x=1', '400 invalid'],
        ['_typeFilter=Patient', '400 invalid'],
        ['_type=Observation&_typeFilter=Patient%3Factive=true', '400 invalid'],
        ['_typeFilter=Patient%3Fnonsense=1', '400 not-supported'],
        ['_typeFilter=Patient%3Fbirthdate=soon', '400 invalid'],
      ])
        expect([query, refusal(await begin(`/$export?${query}`))]).toEqual([query, code]);
      const lenient = await begin(
        '/$export?_type=Group&x=1&_outputFormat=application/fhir+ndjson',
        'respond-async, handling=lenient',
      );
      expect(lenient.status).toBe(202);
      expect((await send('DELETE', placeOf(lenient))).status).toBe(202);
      expect(refusal(await begin(`/Group/${randomUUID()}/$export`))).toBe('404 not-found');
      const { tokens } = subject();
      expect(refusal(await begin('/$export', 'respond-async', tokens.operator))).toBe('403 forbidden');
      for (const place of ['/$export/x', '/$export/x/0', '/$export/x/y', `/$export/${randomUUID()}`])
        expect([place, refusal(await send('GET', place))]).toEqual([place, '404 not-found']);
    });
  });
}
