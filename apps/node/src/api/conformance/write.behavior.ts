import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { created, identifierOf, patient, refusal, type Subject } from './suite.fixture.ts';

/** https://hl7.org/fhir/R4/http.html#create, #ccreate, #update, #cond-update, #upsert, #concurrency, #3.1.0.7.1 (conditional delete), #ops (Prefer). */
export function describeWrite(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);

  describe('create', () => {
    test('default: 201 with Location, ETag, Last-Modified and the resource', async () => {
      const answer = await send('POST', '/Patient', { body: patient({ id: 'mine' }) });
      const { id, meta } = answer.json;
      expect([answer.status, answer.headers.get('etag'), meta.versionId]).toEqual([201, 'W/"1"', '1']);
      expect(id).not.toBe('mine');
      expect(answer.headers.get('location')).toBe(`https://aldhelm.example/fhir/R4/Patient/${id}/_history/1`);
    });

    test('behavior: Prefer decides what comes back', async () => {
      const answers = await Promise.all(
        ['return=minimal', 'return=representation', 'return=OperationOutcome', 'respond-async, return=minimal'].map(
          (prefer) => send('POST', '/Patient', { body: patient(), headers: { prefer } }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      expect([answers[0]?.text, answers[3]?.text]).toEqual(['', '']);
      expect([answers[1]?.json.resourceType, answers[2]?.json.resourceType]).toEqual(['Patient', 'OperationOutcome']);
    });

    test('behavior: If-None-Exist creates once', async () => {
      const body = patient();
      const headers = { 'if-none-exist': `identifier=${identifierOf(body)}` };
      const answers = await Promise.all([1, 2, 3].map(() => send('POST', '/Patient', { body, headers })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    });

    test('error: 412 when several match, 400 when the condition is none', async () => {
      const body = patient();
      await created(subject(), body);
      await created(subject(), body);
      const ask = async (condition: string) =>
        refusal(await send('POST', '/Patient', { body, headers: { 'if-none-exist': condition } }));
      expect(await ask(`identifier=${identifierOf(body)}`)).toBe('412 conflict');
      for (const condition of ['', '_format=json', '_count=1&_sort=_id', 'colour=red', 'identifier=']) {
        expect([condition, await ask(condition)]).toEqual([condition, '400 invalid']);
      }
    });

    test('error: 400 for another type, 422 for what is not valid, naming the element', async () => {
      expect(refusal(await send('POST', '/Patient', { body: { resourceType: 'Group' } }))).toBe('400 invalid');
      const answer = await send('POST', '/Patient', { body: patient({ birthDate: 'May' }) });
      expect([answer.status, answer.json.issue[0].expression]).toEqual([422, ['Patient.birthDate']]);
      expect(answer.text).not.toContain('May');
    });
  });

  describe('update', () => {
    test('default: an id of the client’s creates, and again replaces', async () => {
      const id = randomUUID();
      const first = await send('PUT', `/Patient/${id}`, { body: patient({ id, active: true }) });
      const second = await send('PUT', `/Patient/${id}`, { body: patient({ id, active: false }) });
      expect([first.status, second.status, second.headers.get('etag')]).toEqual([201, 200, 'W/"2"']);
    });

    test('behavior: If-Match guards against writing over what was not seen', async () => {
      const id = await created(subject(), patient());
      const put = async (ifMatch: string, active: boolean) => {
        const headers = { 'if-match': ifMatch };
        return (await send('PUT', `/Patient/${id}`, { body: patient({ id, active }), headers })).status;
      };
      expect(await put('W/"1"', true)).toBe(200);
      expect(await put('W/"1"', false)).toBe(412);
      expect(await put('*', false)).toBe(200);
      expect(await put('???', false)).toBe(400);
      const raced = await Promise.all([true, false].map((active) => put('W/"3"', active)));
      expect(raced.sort()).toEqual([200, 412]);
    });

    test('behavior: If-None-Match: * only creates', async () => {
      const id = randomUUID();
      const put = async (tag: string) =>
        (await send('PUT', `/Patient/${id}`, { body: patient({ id }), headers: { 'if-none-match': tag } })).status;
      expect([await put('*'), await put('*'), await put('W/"1"')]).toEqual([201, 412, 400]);
      expect(
        (await send('PUT', `/Patient/${randomUUID()}`, { body: patient({ id }), headers: { 'if-match': '*' } })).status,
      ).toBe(400);
      const other = randomUUID();
      const absent = await send('PUT', `/Patient/${other}`, {
        body: patient({ id: other }),
        headers: { 'if-match': '*' },
      });
      expect(absent.status).toBe(412);
    });

    test('error: 400 when the id in the body is another or none, or no id at all', async () => {
      const id = randomUUID();
      expect(refusal(await send('PUT', `/Patient/${id}`, { body: patient({ id: 'other' }) }))).toBe('400 invalid');
      expect(refusal(await send('PUT', `/Patient/${id}`, { body: patient() }))).toBe('400 invalid');
      expect(refusal(await send('PUT', '/Patient/a_b', { body: patient({ id: 'a_b' }) }))).toMatch(/^4(?:00|22)/);
    });
  });

  describe('conditional update', () => {
    const put = (body: object, condition?: string, headers: Record<string, string> = {}) =>
      send('PUT', `/Patient?${condition ?? `identifier=${identifierOf(body)}`}`, { body, headers });

    test('default: no match creates, one match updates, under the id of the match', async () => {
      const body = patient();
      const first = await put(body);
      const second = await put({ ...body, active: true });
      expect([first.status, second.status, second.json.meta.versionId]).toEqual([201, 200, '2']);
      expect(second.json.id).toBe(first.json.id);
    });

    test('behavior: at the same time it creates once', async () => {
      const body = patient();
      const answers = await Promise.all([1, 2, 3, 4].map((number) => put({ ...body, multipleBirthInteger: number })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    });

    test('behavior: an id that comes along is used for a new record, and must fit a match', async () => {
      const body = patient({ id: randomUUID() });
      expect((await put(body)).json.id).toBe(body.id);
      expect(refusal(await put({ ...body, id: randomUUID() }))).toBe('400 invalid');
      // What has the id but does not meet the condition is another record.
      expect(refusal(await put(patient({ id: body.id })))).toBe('409 conflict');
    });

    test('behavior: If-Match is about the match', async () => {
      const body = patient();
      await put(body);
      expect((await put({ ...body, active: true }, undefined, { 'if-match': 'W/"9"' })).status).toBe(412);
      expect((await put({ ...body, active: true }, undefined, { 'if-match': 'W/"1"' })).status).toBe(200);
    });

    test('error: 412 for several matches, 400 without a condition or with one that is not understood', async () => {
      const body = patient();
      await created(subject(), body);
      await created(subject(), body);
      expect(refusal(await put(body))).toBe('412 conflict');
      for (const condition of ['', '_format=json', 'colour=red', '_elements=id&_summary=true']) {
        expect([condition, refusal(await put(body, condition))]).toEqual([condition, '400 invalid']);
      }
    });
  });

  describe('conditional delete', () => {
    test('default: deletes the one that matches; none is no fault', async () => {
      const body = patient();
      const id = await created(subject(), body);
      const remove = () => send('DELETE', `/Patient?identifier=${identifierOf(body)}`);
      expect([(await remove()).status, (await remove()).status]).toEqual([204, 204]);
      expect((await send('GET', `/Patient/${id}`)).status).toBe(410);
    });

    test('error: several are not deleted where one is declared, and nothing without a condition', async () => {
      const { json } = await send('GET', '/metadata');
      expect(json.rest[0].resource.find(({ type }: { type: string }) => type === 'Patient').conditionalDelete).toBe(
        'single',
      );
      const body = patient();
      const ids = [await created(subject(), body), await created(subject(), body)];
      expect(refusal(await send('DELETE', `/Patient?identifier=${identifierOf(body)}`))).toBe('412 conflict');
      for (const query of ['', '?_format=json', '?_count=1000', '?colour=red', '?identifier=']) {
        expect([query, refusal(await send('DELETE', `/Patient${query}`))]).toEqual([query, '400 invalid']);
      }
      for (const id of ids) expect((await send('GET', `/Patient/${id}`)).status).toBe(200);
    });
  });
}
