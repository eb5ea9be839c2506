import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readIntakeSettings } from '../config/index.ts';
import { ensureClient, newSecret } from '../modules/consent/index.ts';
import { openTestPGlite } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { ccd } from '../testing/intake/ccd.ts';
import { ADMISSION, bytesOf, changed, RESULTS } from '../testing/intake/hl7.ts';
import { SETTINGS, verdict } from '../testing/intake/world.ts';
import { admitOrganization, startWorld, type World } from '../testing/world.ts';

/** Intake over HTTP, as an integration engine without MLLP uses it. */

const { mllp: _, ...settings } = SETTINGS;
const TOKEN = newSecret('client');
let world: World;
let node: HttpNode;
let without: HttpNode;

beforeAll(async () => {
  world = await startWorld();
  const who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
  node = await startHttpNode(world, who, await openTestPGlite(), { intake: readIntakeSettings(settings, () => '') });
  const other = await admitOrganization(world, 2, 'Luz Nova', 'https://luz.example');
  without = await startHttpNode(world, other, await openTestPGlite());
  const client = { name: 'patient administration', actor: 'Device/pas', role: 'integrator' } as const;
  await ensureClient(node.context.database, client, { now: Date.now(), token: TOKEN });
}, 60_000);
afterAll(async () => {
  await Promise.all([node.stop(), without.stop()]);
  await world.stop();
});

async function post(
  path: string,
  body: Uint8Array | string,
  options: { type?: string; token?: string; to?: HttpNode } = {},
) {
  const { type = 'text/xml', token = node.tokens.integrator, to = node } = options;
  const answer = await fetch(`${to.url}/api/v1/intake/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body: body as Uint8Array<ArrayBuffer>,
  });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

describe('intake over HTTP', () => {
  test('default: a document is taken, its records are found, the original is given back as it came', async () => {
    const taken = await post('ccda', ccd());
    expect(taken.status).toBe(201);
    const { original, created, unmapped } = JSON.parse(taken.text);
    expect([created > 15, unmapped.length]).toEqual([true, 2]);
    expect((await node.send('GET', '/AllergyIntolerance?code=7980')).json.total).toBe(1);
    const binary = await node.send('GET', `/${original}`);
    expect([binary.text, binary.headers.get('content-type')]).toEqual([ccd(), 'text/xml']);
    const again = await post('ccda', ccd());
    expect([again.status, JSON.parse(again.text)]).toEqual([
      200,
      expect.objectContaining({ repeated: true, original }),
    ]);
  });

  test('default: an HL7 v2 message is answered by its acknowledgement', async () => {
    const options = { type: 'application/hl7-v2', token: TOKEN };
    const taken = await post('hl7v2', bytesOf(ADMISSION), options);
    expect([taken.status, taken.type, verdict(taken.text.replaceAll('\r', '\n'))]).toEqual([
      200,
      'application/hl7-v2; charset=utf-8',
      'CA PAS-1001',
    ]);
    const refused = await post(
      'hl7v2',
      bytesOf(changed(ADMISSION, ['PAS-1001', 'PAS-1'], ['ADT^A01', 'ADT^A99'])),
      options,
    );
    expect([refused.status, verdict(refused.text.replaceAll('\r', '\n'))]).toEqual([422, 'CR PAS-1']);
    // With a token of its own, an integrator speaks for nobody else.
    const other = await post('hl7v2', bytesOf(RESULTS), options);
    expect(verdict(other.text.replaceAll('\r', '\n'))).toBe('AR 000481');
  });

  test('error: who is no integrator, what is no document, and a node without intake', async () => {
    for (const role of ['clinician', 'registrar', 'operator'] as const) {
      expect((await post('ccda', ccd(), { token: node.tokens[role] })).status).toBe(403);
    }
    expect((await post('ccda', ccd(), { token: 'anc_nobody' })).status).toBe(401);
    expect((await post('ccda', ccd(), { type: 'application/json' })).status).toBe(415);
    expect((await post('ccda', '<html/>')).status).toBe(400);
    expect((await post('hl7v2', 'nothing', { type: 'application/hl7-v2' })).status).toBe(400);
    expect((await post('ccda', ccd(), { to: without, token: without.tokens.integrator })).status).toBe(404);
    const faulty = await post('ccda', ccd({ mrn: '' }));
    expect([faulty.status, faulty.text.includes('Costa')]).toEqual([422, false]);
  });
});
