import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { created, patient, refusal, type Subject, statusOf } from './suite.fixture.ts';

const FHIR = { accept: 'application/fhir+json' };

/** https://hl7.org/fhir/R4/binary.html#rest. */
export function describeBinary(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const post = (body: unknown, type: string, headers: Record<string, string> = {}) =>
    send('POST', '/Binary', { body, headers: { 'content-type': type, ...headers } });

  describe('Binary', () => {
    test('default: content goes in and comes out as it is, or as FHIR', async () => {
      const content = randomBytes(100_000);
      const { status, json, headers } = await post(content, 'application/pdf');
      expect([status, json.resourceType, json.contentType]).toEqual([201, 'Binary', 'application/pdf']);
      const raw = await send('GET', `/Binary/${json.id}`);
      expect([raw.status, raw.headers.get('content-type'), raw.headers.get('etag')]).toEqual([
        200,
        'application/pdf',
        'W/"1"',
      ]);
      expect(Buffer.from(raw.bytes).equals(content)).toBe(true);
      const asFhir = await send('GET', `/Binary/${json.id}`, { headers: FHIR });
      expect([asFhir.headers.get('content-type'), asFhir.json.data]).toEqual([
        'application/fhir+json; charset=utf-8',
        content.toString('base64'),
      ]);
      expect((await send('GET', `/Binary/${json.id}?_format=json`)).json.resourceType).toBe('Binary');
      const location = headers.get('location')?.replace('https://aldhelm.example/fhir/R4', '') as string;
      expect(Buffer.from((await send('GET', location)).bytes).equals(content)).toBe(true);
      expect((await send('HEAD', `/Binary/${json.id}`)).headers.get('content-length')).toBe('100000');
    });

    test('behavior: sent as FHIR it is the same', async () => {
      const body = { resourceType: 'Binary', contentType: 'text/plain', data: Buffer.from('words').toString('base64') };
      for (const type of ['application/fhir+json', 'application/json']) {
        const { status, json } = await post(JSON.stringify(body), type);
        expect(status).toBe(201);
        expect((await send('GET', `/Binary/${json.id}`)).text).toBe('words');
      }
    });

    test('behavior: JSON that is no Binary is content', async () => {
      const { json } = await post('{"a": 1.00}', 'application/json');
      const raw = await send('GET', `/Binary/${json.id}`, { headers: { accept: 'application/json' } });
      expect([raw.text, raw.headers.get('content-type')]).toEqual(['{"a": 1.00}', 'application/json']);
    });

    test('behavior: nothing that it holds can run in a browser', async () => {
      for (const type of ['text/html', 'image/svg+xml', 'text/html; charset=utf-8']) {
        const { json } = await post('<script>alert(1)</script>', type);
        const { headers } = await send('GET', `/Binary/${json.id}`, { headers: { accept: 'text/html,*/*;q=0.8' } });
        expect(headers.get('content-type')).toBe(type);
        expect(headers.get('content-disposition')).toBe('attachment');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
      }
    });

    test('behavior: whose it is decides who reads it, and the access is logged', async () => {
      const id = await created(subject(), patient());
      const { json } = await post('letter', 'text/plain', { 'x-security-context': `Patient/${id}` });
      expect(json.securityContext).toEqual({ reference: `Patient/${id}` });
      const raw = await send('GET', `/Binary/${json.id}`);
      expect(raw.headers.get('x-security-context')).toBe(`Patient/${id}`);
      const log = await fetch(`${subject().url}/api/v1/access-log?patient=${id}`, {
        headers: { authorization: `Bearer ${subject().tokens.clinician}` },
      });
      expect(await log.text()).toContain(`Binary/${json.id}/_history/1`);
      expect((await send('GET', `/Binary/${json.id}`, { token: subject().tokens.operator })).status).toBe(403);
      expect((await send('GET', `/Binary/${json.id}`, { token: null })).status).toBe(401);
    });

    test('behavior: it is stored encrypted', async () => {
      const { json } = await post('a secret sentence', 'text/plain');
      const [row] = await subject().context.database.query<{ content: Uint8Array }>(
        `select content from resource where type = 'Binary' and id = $1`,
        [json.id],
      );
      const stored = Buffer.from(row?.content ?? []);
      expect(stored.length).toBeGreaterThan(0);
      expect(
        stored.includes('a secret sentence') || stored.includes(Buffer.from('a secret sentence').toString('base64')),
      ).toBe(false);
    });

    test('behavior: versions, conditions and deletion as for every record', async () => {
      const id = randomUUID();
      const put = (body: string, headers: Record<string, string> = {}) =>
        send('PUT', `/Binary/${id}`, { body, headers: { 'content-type': 'text/plain', ...headers } });
      expect([(await put('one')).status, (await put('two')).status]).toEqual([201, 200]);
      expect((await put('three', { 'if-match': 'W/"1"' })).status).toBe(412);
      expect((await send('GET', `/Binary/${id}/_history/1`)).text).toBe('one');
      const held = await send('GET', `/Binary/${id}`, { headers: { 'if-none-match': 'W/"2"' } });
      expect([held.status, held.text]).toEqual([304, '']);
      expect((await send('DELETE', `/Binary/${id}`)).status).toBe(204);
      expect(refusal(await send('GET', `/Binary/${id}`))).toBe('410 deleted');
      expect((await send('GET', '/Binary?_summary=count')).json.total).toBeGreaterThan(0);
    });

    test('error: media types that are none, XML, and paths that lead elsewhere', async () => {
      for (const type of ['text', 'a/b c', 'text/plain; x=é']) {
        const answer = await post('x', type).catch(() => null);
        if (answer !== null) expect([type, refusal(answer)]).toEqual([type, '415 not-supported']);
      }
      expect(refusal(await post('<Binary/>', 'application/fhir+xml'))).toBe('415 not-supported');
      expect(refusal(await post('{', 'application/fhir+json'))).toBe('400 structure');
      expect(refusal(await post(new Uint8Array([0x22, 0xff, 0x22]), 'application/fhir+json'))).toBe('400 structure');
      expect(refusal(await post('x', 'text/plain', { 'x-security-context': '../../etc/passwd' }))).toBe('400 invalid');
      const { json } = await post('x', 'text/plain');
      expect(refusal(await send('GET', `/Binary/${json.id}`, { headers: { accept: 'application/fhir+xml' } }))).toBe(
        '406 not-supported',
      );
      for (const path of ['..%2F..%2Fetc%2Fpasswd', '%2e%2e', '..%5c..', 'a%00', 'x/../../../etc/passwd']) {
        expect([path, await statusOf(subject(), `/fhir/R4/Binary/${path}`)]).toEqual([path, 404]);
      }
      const crooked = { resourceType: 'Binary', contentType: 'text/plain\nx: y', data: 'AAAA' };
      const stored = await send('POST', '/Binary', { body: crooked });
      if (stored.status === 201) {
        expect((await send('GET', `/Binary/${stored.json.id}`)).headers.get('content-type')).toBe(
          'application/octet-stream',
        );
      } else expect(stored.status).toBe(422);
    });
  });
}
