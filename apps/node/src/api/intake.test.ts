import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { anamnesis } from '../../../../packages/testbed/src/testing/cli.ts';
import { readIntakeSettings } from '../config/index.ts';
import { ensureClient, newSecret } from '../modules/consent/index.ts';
import { openTestPGlite } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { ccd } from '../testing/intake/ccd.ts';
import { ADMISSION, bytesOf, changed, DISCHARGE, RESULTS } from '../testing/intake/hl7.ts';
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

  test('default: the command brings files in: several messages with lines of any kind, and documents', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anamnesis-files-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const admission = changed(ADMISSION, ['PAS-1001', 'PAS-2001'], ['V5501', 'V6601']);
    const unknown = changed(ADMISSION, ['PAS-1001', 'PAS-2002'], ['ADT^A01', 'ADT^A99']);
    const discharge = changed(DISCHARGE, ['PAS-1002', 'PAS-2003'], ['V5501', 'V6601']);
    const night = ['FHS|^~\\&', 'BHS|^~\\&', admission, unknown, discharge, 'BTS|3', 'FTS|1'].join('\n');
    await writeFile(join(folder, 'night.hl7'), bytesOf(night, '\r\n'));
    await writeFile(join(folder, 'ccd.xml'), ccd({ id: 'CCD-2', version: '2' }));
    await writeFile(join(folder, 'page.xml'), '<html/>');
    await writeFile(join(folder, 'words.hl7'), 'no message');
    const args = ['import', '--json', '--node', node.url, folder];
    const { code, json } = await anamnesis(args, { ANAMNESIS_TOKEN: TOKEN });
    const { intake, failures } = json() as { intake: object; failures: { file: string }[] };
    expect(code).toBe(1);
    expect(intake).toMatchObject({ messages: 2, documents: 1, repeated: 0 });
    expect(failures.map(({ file, ...rest }) => ({ name: file.slice(folder.length + 1), ...rest }))).toEqual([
      { name: 'night.hl7', message: 2, code: 'invalid', reason: expect.stringMatching(/: 422 .+/) },
      { name: 'words.hl7', code: 'import-malformed', reason: expect.stringContaining('MSH') },
      { name: 'page.xml', code: 'invalid', reason: expect.stringContaining(': 400 ') },
    ]);
    const visit = (await node.send('GET', '/Encounter?identifier=V6601')).json.entry[0].resource;
    expect(visit).toMatchObject({ status: 'finished', hospitalization: { dischargeDisposition: expect.anything() } });
    const again = await anamnesis(['import', '--json', '--node', node.url, join(folder, 'ccd.xml')], {
      ANAMNESIS_TOKEN: TOKEN,
    });
    expect([again.code, again.json().intake]).toEqual([0, expect.objectContaining({ documents: 1, repeated: 1 })]);
    const clinician = await anamnesis(args, { ANAMNESIS_TOKEN: node.tokens.clinician });
    expect([clinician.code, clinician.json().error]).toEqual([3, expect.objectContaining({ code: 'forbidden' })]);
    const night3 = join(folder, 'night.hl7');
    const planned = await anamnesis(['import', '--json', '--dry-run', night3]);
    expect([planned.code, planned.json().intake]).toEqual([0, [{ file: night3, messages: 3 }]]);
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
