import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';

import { CANARY, expectRefusal, FHIR, output, send, world } from './asking.fixture.ts';

import { BODIES } from './bodies.cases.ts';
import { REQUESTS } from './requests.cases.ts';

/** Nonsense over HTTP, and what is no HTTP. */
export function describeBadRequests(): void {
  describe('bad requests', () => {
    test.each(BODIES)('error: $name', async (bad) => {
      await expectRefusal(await send(bad), bad.status, bad.call.split(' ')[1] ?? '');
    });

    test.each(REQUESTS)('error: $name', async (bad) => {
      const answer = await send(bad);
      if (answer.ok) expect([bad.status].flat()).toContain(answer.status);
      else await expectRefusal(answer, bad.status, bad.call.split(' ')[1] ?? '');
    });

    test.each([
      `Patient?name=${encodeURIComponent(`'; drop table resource; --`)}`,
      `Patient?identifier=${encodeURIComponent(`x|') or ('1'='1`)}`,
      `Patient?_id=${encodeURIComponent(`' union select 1--`)}`,
      `Patient?${encodeURIComponent(`name' or '1`)}=x`,
      `Patient?_sort=${encodeURIComponent(`birthdate;drop table resource`)}`,
      `Patient?name=${encodeURIComponent('%_\\%')}`,
      `Patient?name=%zz&_lastUpdated=gt${encodeURIComponent(`'`)}`,
      `Patient?organization.name=${encodeURIComponent(`$1' or true`)}`,
      '?_type=Patient,Observation&_count=0',
    ])('error: %s is a search like any other, or refused', async (query) => {
      const answer = await send({ call: `GET ${FHIR}/${query}`.replace('/?', '?') });
      if (answer.status !== 200) await expectRefusal(answer, 400, FHIR);
      else expect(((await answer.json()) as { total?: number }).total ?? 0).toBeLessThan(1_000);
      expect((await send({ call: `GET ${FHIR}/Patient?_summary=count` })).status).toBe(200);
    });

    test.each([true, false])('error: a body that is too large, said before: %s', async (said) => {
      const { hostname, port } = new URL(world.aldhelm.url);
      const size = 60 * 1024 * 1024;
      const answer = await new Promise<Response | null>((done) => {
        const asking = httpRequest({
          ...{ hostname, port, method: 'POST', path: `${FHIR}/Patient` },
          headers: {
            authorization: `Bearer ${world.aldhelm.tokens.integrator}`,
            'content-type': 'application/fhir+json',
            ...(said && { 'content-length': size }),
          },
        });
        let answered = false;
        asking.on('response', async (response) => {
          answered = true;
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk as Buffer);
          asking.destroy();
          const headers = { 'content-type': response.headers['content-type'] ?? '' };
          done(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers }));
        });
        // The node does not hear a body to its end that it will not take: the connection may end before its answer was read.
        asking.on('error', () => answered || done(null));
        const chunk = Buffer.alloc(1024 * 1024, CANARY);
        let sent = 0;
        const more = (): void => {
          while (!answered && !asking.destroyed && sent < size) {
            sent += chunk.length;
            if (!asking.write(chunk)) return void asking.once('drain', more);
          }
          if (!answered && sent >= size) asking.end();
        };
        more();
      });
      if (said) expect(answer).not.toBeNull();
      if (answer !== null) await expectRefusal(answer, 413, FHIR);
      expect((await send({ call: `GET ${FHIR}/Patient?_count=1` })).status).toBe(200);
    });

    test.each([
      'GARBAGE\r\n\r\n',
      `BREW ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\n\r\n`,
      `GET ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\n${CANARY} : y\r\n\r\n`,
      `GET ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\nx: ${CANARY.repeat(5_000)}\r\n\r\n`,
      `GET ${FHIR}/Patient?name=${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
      `POST ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${CANARY}`,
    ])('error: what is no HTTP: %#', async (text) => {
      const { hostname, port } = new URL(world.aldhelm.url);
      const answer = await new Promise<string>((done) => {
        const socket = connect(Number(port), hostname, () => socket.write(text));
        let said = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => {
          said += chunk;
        });
        socket.on('error', () => done(said)).on('close', () => done(said));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).toContain('application/problem+json');
      expect(answer).not.toContain(CANARY);
    });

    test('behavior: after all of it the node answers, and has said nothing', async () => {
      expect((await send({ call: `GET ${FHIR}/Patient?_count=1` })).status).toBe(200);
      expect(output.text()).not.toContain(CANARY);
      expect(output.text()).not.toContain('"level":"error"');
    });
  });
}
