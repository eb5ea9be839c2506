import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signConsent } from '@anamnesis/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, type Hospitals, newFolder, startHospitals, termsFor } from '../testing/hospitals.ts';
import { askToken } from '../testing/token.ts';

/** A hospital abroad subscribes under a patient's consent, and is told until she refuses. */
let folder: Awaited<ReturnType<typeof newFolder>>;
let world: Hospitals;
let server: Server;
const told: string[] = [];

beforeAll(async () => {
  folder = await newFolder();
  world = await startHospitals(folder.path);
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => {
      text += part.toString('utf8');
    });
    request.on('end', () => {
      told.push(text);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.stop();
  await folder.remove();
});

test('behavior: a consent that is refused ends what was subscribed to under it, at the very next record', async () => {
  const { aldhelm, luzNova, maria, desk, domain } = world;
  const { client, signer, patient } = maria;
  const { terms, signature } = await signConsent(termsFor(world), domain, signer);
  const grant = { terms, signature };
  const token = await eventually('a token', async () => {
    const answer = await askToken(luzNova, aldhelm, grant);
    return answer.ok ? ((await answer.json()) as { access_token: string }).access_token : null;
  });
  const IG = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-';
  const call = (path: string, body?: object) =>
    fetch(`${aldhelm.url}/fhir/R4/Subscription${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  const answer = await call('', {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Results of a shared patient',
    criteria: 'https://anamnesis.example/SubscriptionTopic/new-result',
    channel: {
      type: 'rest-hook',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      payload: 'application/fhir+json',
      _payload: { extension: [{ url: `${IG}payload-content`, valueCode: 'full-resource' }] },
    },
  });
  const { id } = (await answer.json()) as { id: string };
  expect(answer.status).toBe(201);
  const observe = (of: string, text: string) =>
    desk.fhir.create({
      resourceType: 'Observation',
      status: 'final',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
      ],
      // A code that says what it is about: what cannot be classified is withheld.
      code: { coding: [{ system: 'http://loinc.org', code: '718-7' }], text },
      subject: { reference: `Patient/${of}` },
    });
  await eventually('the handshake', async () => (told.length > 0 ? true : null));
  const other = await desk.fhir.create({ resourceType: 'Patient', name: [{ family: 'Nobody' }] });
  await observe(other.id ?? '', 'of another patient');
  await observe(patient, 'the first');
  await eventually('the first', async () => (told.some((text) => text.includes('the first')) ? true : null));
  await client.revokeConsent({ subject: signer.address, index: terms.index, domain, signer });
  await observe(patient, 'the second');
  const { database } = aldhelm.running.context;
  const [row] = await eventually('the end', async () => {
    const rows = await database.query<{ error: string }>(
      `select error from subscription where id = $1 and status = 'off'`,
      [id],
    );
    return rows.length > 0 ? rows : null;
  });
  expect(row?.error).toBe('what it stood on has ended: revoked');
  expect(told.filter((text) => /the second|of another patient/.test(text))).toEqual([]);
  // She sees who was told of what.
  const { entries } = await client.getAccessLog({ patient });
  const read = entries.filter(({ event }) => JSON.stringify(event).includes('"code":"read"'));
  expect(JSON.stringify(read)).toContain('Observation/');
});
