import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { created, patient, refusal, type Subject } from './suite.fixture.ts';

interface Entry {
  readonly fullUrl: string;
  readonly resource?: {
    readonly id: string;
    readonly meta: { readonly versionId: string; readonly lastUpdated: string };
  };
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: string; readonly etag: string; readonly lastModified: string };
}

/** https://hl7.org/fhir/R4/http.html#history. */
export function describeHistory(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const entries = async (path: string): Promise<Entry[]> => (await send('GET', path)).json.entry;
  const steps = (all: readonly Entry[]): string[] =>
    all.map(({ request, response }) => `${request.method} ${response.status} ${response.etag}`);

  describe('history', () => {
    let id: string;
    let versions: Entry[];

    beforeAll(async () => {
      id = await created(subject(), patient());
      const body = patient({ id });
      await send('PUT', `/Patient/${id}`, { body });
      await send('PATCH', `/Patient/${id}`, {
        body: '[{"op":"add","path":"/active","value":true}]',
        headers: { 'content-type': 'application/json-patch+json' },
      });
      await send('DELETE', `/Patient/${id}`);
      await send('PUT', `/Patient/${id}`, { body });
      versions = await entries(`/Patient/${id}/_history`);
    });

    test('default: every version of a record, the newest first, with what made it', async () => {
      const { json } = await send('GET', `/Patient/${id}/_history`);
      expect([json.resourceType, json.type, json.total]).toEqual(['Bundle', 'history', 5]);
      expect(steps(versions)).toEqual([
        'PUT 200 W/"5"',
        'DELETE 204 W/"4"',
        'PUT 200 W/"3"',
        'PUT 200 W/"2"',
        'POST 201 W/"1"',
      ]);
      expect(versions.map(({ resource }) => resource?.meta.versionId)).toEqual(['5', undefined, '3', '2', '1']);
      expect(versions.map(({ request }) => request.url)).toEqual([...Array(4).fill(`Patient/${id}`), 'Patient']);
      expect(new Set(versions.map(({ fullUrl }) => fullUrl))).toEqual(
        new Set([`https://aldhelm.example/fhir/R4/Patient/${id}`]),
      );
    });

    test('behavior: pages by _count and next lead through all of it once', async () => {
      const seen: string[] = [];
      let path: string | undefined = `/Patient/${id}/_history?_count=2`;
      for (let pages = 0; path !== undefined && pages < 9; pages++) {
        const { json }: { json: { entry: Entry[]; link: { relation: string; url: string }[] } } = await send(
          'GET',
          path,
        );
        seen.push(...steps(json.entry));
        expect(json.entry.length).toBeLessThanOrEqual(2);
        path = json.link
          .find(({ relation }) => relation === 'next')
          ?.url.replace('https://aldhelm.example/fhir/R4', '');
      }
      expect(seen).toEqual(steps(versions));
      expect((await entries(`/Patient/${id}/_history?_count=0`)).length).toBe(0);
    });

    test('behavior: _since gives what was made then or later', async () => {
      const at = (index: number): string => versions[index]?.response.lastModified as string;
      expect((await entries(`/Patient/${id}/_history?_since=${at(4)}`)).length).toBe(5);
      const later = new Date(Date.parse(at(0)) + 1000).toISOString();
      expect((await send('GET', `/Patient/${id}/_history?_since=${later}`)).json).toMatchObject({
        total: 0,
        entry: [],
      });
      // The zone's plus sign, as most clients send it.
      const zoned = at(4).replace('Z', '+00:00');
      expect((await entries(`/Patient/${id}/_history?_since=${zoned}`)).length).toBe(5);
      expect((await entries(`/Patient/${id}/_history?_since=${encodeURIComponent(zoned)}`)).length).toBe(5);
    });

    test('behavior: _at gives what was current at some moment of it', async () => {
      const made = versions.map(({ response }) => Date.parse(response.lastModified));
      const at = (time: number): Promise<Entry[]> =>
        entries(`/Patient/${id}/_history?_at=${new Date(time).toISOString()}`);
      const current = (time: number): string[] =>
        versions
          .filter((_, index) => (made[index] ?? 0) <= time && (index === 0 || (made[index - 1] ?? 0) > time))
          .map(({ response }) => response.etag);
      for (const time of made) expect((await at(time)).map(({ response }) => response.etag)).toEqual(current(time));
      expect(await at((made[4] ?? 0) - 1)).toEqual([]);
      expect((await at((made[0] ?? 0) + 60_000)).map(({ response }) => response.etag)).toEqual(['W/"5"']);
      const day = new Date(made[0] ?? 0).toISOString().slice(0, 4);
      expect((await entries(`/Patient/${id}/_history?_at=${day}`)).length).toBe(5);
    });

    test('behavior: of a type and of everything, with _since', async () => {
      const since = versions[4]?.response.lastModified;
      const type = await entries(`/Patient/_history?_since=${since}&_count=1000`);
      expect(type.length).toBeGreaterThanOrEqual(5);
      expect(new Set(type.map(({ fullUrl }) => fullUrl.split('/').at(-2)))).toEqual(new Set(['Patient']));
      await created(subject(), { resourceType: 'Organization', name: 'x' });
      const all = await entries(`/_history?_since=${since}&_count=1000`);
      expect(new Set(all.map(({ fullUrl }) => fullUrl.split('/').at(-2)))).toContain('Organization');
    });

    test('error: 404 for what never was, 400 for values that are none', async () => {
      expect(refusal(await send('GET', `/Patient/${randomUUID()}/_history`))).toBe('404 not-found');
      expect(refusal(await send('GET', `/Patient/${randomUUID()}/_history?_since=2020-01-01T00:00:00Z`))).toBe(
        '404 not-found',
      );
      expect(refusal(await send('GET', '/Nonsense/_history'))).toBe('404 not-found');
      for (const query of [
        '_since=soon',
        '_at=then',
        '_count=-1',
        '_count=x',
        '_cursor=x',
        '_since=2020-13-01T00:00:00Z',
      ]) {
        expect([query, refusal(await send('GET', `/Patient/_history?${query}`))]).toEqual([query, '400 invalid']);
      }
    });
  });
}
