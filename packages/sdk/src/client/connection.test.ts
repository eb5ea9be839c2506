import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSeed, subjectAccount } from '@anamnesis/crypto';
import { sessionTypedData, stringifyJson } from '@anamnesis/protocol';
import { verifyTypedData } from 'viem';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Bundle } from '../fhir/types.ts';
import { connect } from './connection.ts';
import { createClient } from './createClient.ts';
import { requestErrorFrom } from './errors.ts';

type Handler = (request: IncomingMessage & { body: string }, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => handler(Object.assign(request, { body }), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
};

describe('connect', () => {
  test('default: decimals keep their digits there and back', async () => {
    const baseUrl = await serve(({ body }, response) => json(response, 200, body));
    const client = createClient({ baseUrl: `${baseUrl}/`, token: 't' });
    const reply = await client.request({ method: 'POST', path: '/echo', body: { value: 1 } });
    expect(reply.body()).toEqual({ value: 1 });
    const text = '{"resourceType":"Observation","valueQuantity":{"value":1.50}}';
    const echoed = await connect({ baseUrl }).request({ method: 'POST', path: '/echo', body: text });
    expect(stringifyJson(echoed.body())).toBe(text);
  });

  test('error: no answer in time, nobody there, cancelled, not JSON, too much', async () => {
    const baseUrl = await serve(({ url }, response) => {
      if (url === '/words') response.end('hello');
      if (url === '/much') response.end('1'.repeat(5000));
    });
    const ask = (path: string, options = {}) => connect({ baseUrl, timeout: 200, ...options }).request({ path });
    await expect(ask('/never')).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('0.2 s') });
    await expect(connect({ baseUrl: 'http://127.0.0.1:1' }).request({ path: '/' })).rejects.toMatchObject({
      code: 'network',
    });
    const signal = AbortSignal.abort();
    await expect(connect({ baseUrl }).request({ path: '/never', signal })).rejects.toMatchObject({ code: 'cancelled' });
    await expect(ask('/words').then((reply) => reply.body())).rejects.toMatchObject({ code: 'malformed-answer' });
    await expect(ask('/much', { maximumAnswer: 4096 })).rejects.toMatchObject({ code: 'malformed-answer' });
    expect(() => connect({ baseUrl: 'ftp://node' })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });

  test('behavior: a next link that leads elsewhere does not get the token', async () => {
    const seen: string[] = [];
    const baseUrl = await serve(({ url, headers }, response) => {
      seen.push(`${url} ${headers.authorization}`);
      const next = url?.includes('page=2')
        ? []
        : [{ relation: 'next', url: 'https://hospital.example/fhir/R4/Observation?page=2' }];
      const bundle: Bundle = { resourceType: 'Bundle', type: 'searchset', link: next, entry: [{ fullUrl: url ?? '' }] };
      json(response, 200, JSON.stringify(bundle));
    });
    const client = createClient({ baseUrl, token: 'secret' });
    const entries: unknown[] = [];
    for await (const entry of client.fhir.searchAll('Observation', { _count: 1 })) entries.push(entry);
    expect(entries).toHaveLength(2);
    expect(seen).toEqual(['/fhir/R4/Observation/_search Bearer secret', '/fhir/R4/Observation?page=2 Bearer secret']);
  });
});

describe('session', () => {
  test('default: opened with the key when first needed, and again after it has ended', async () => {
    const signer = subjectAccount(newSeed(), { chainId: 31_337, organization: 1 });
    const sessions: string[] = [];
    const baseUrl = await serve(async ({ url, body, headers }, response) => {
      if (url === '/auth/session') {
        const { signature, ...session } = JSON.parse(body);
        const typed = sessionTypedData(session, 31_337);
        expect(await verifyTypedData({ address: signer.address, signature, ...typed })).toBe(true);
        sessions.push(session.nonce);
        return json(response, 200, `{"token":"s${sessions.length}"}`);
      }
      // The first session ends after one request.
      if (headers.authorization === 'Bearer s1' && url === '/fhir/R4/Patient/2') return json(response, 401, '{}');
      json(response, 200, '{"resourceType":"Patient"}');
    });
    const client = createClient({ baseUrl, session: { signer, organization: 1, chainId: 31_337 } });
    await client.fhir.read('Patient', '1');
    await client.fhir.read('Patient', '2');
    expect(new Set(sessions).size).toBe(2);
  });
});

describe('requestErrorFrom', () => {
  test.each([
    [
      403,
      {
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'forbidden', details: { coding: [{ code: 'consent-refused' }] } }],
      },
      'consent-refused',
    ],
    [
      403,
      { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'forbidden', diagnostics: 'no' }] },
      'forbidden',
    ],
    [403, { type: 'about:blank', title: 'Forbidden', code: 'consent-refused', traceId: '7' }, 'consent-refused'],
    [400, { error: 'invalid_client' }, 'unauthorized'],
    [400, { error: 'invalid_grant', error_description: 'revoked' }, 'consent-refused'],
    [404, undefined, 'not-found'],
    [410, undefined, 'not-found'],
    [412, undefined, 'conflict'],
    [422, { resourceType: 'OperationOutcome', issue: 'nonsense' }, 'invalid'],
    [500, '<html>', 'server-error'],
    [503, null, 'unavailable'],
  ])('default: %i with %j is told as it is meant', (status, body, code) => {
    expect(requestErrorFrom(status, body, 'GET x')).toMatchObject({ code, status });
  });
});
