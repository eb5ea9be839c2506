import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CIVIC_ETHICS, LUZ_NOVA, ST_ALDHELM } from '@anamnesis/population';
import { recipientOf, utf8 } from '@anamnesis/protocol';
import { type Client, createClient, formatShareCode, type Notice, subjectAccount } from '@anamnesis/sdk';
import { keccak256 } from 'viem';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { startTestbed, type Testbed, type TestbedNode } from '../testbed.ts';
import { anamnesis, type CliRun } from '../testing/cli.ts';
import { eventually, newFolder } from '../testing/hospitals.ts';
import { clientAssertion } from '../testing/token.ts';

/* Dr Silva in Lisbon breaks the glass for Maria of St. Aldhelm, by the sdk and by the command; an ethics board judges it. The tests tell it in order. */

const TEXT = 'Found unconscious in the street, nobody with her';
const FIRST = /^(Patient|AllergyIntolerance|Condition|Medication\w*|Device\w*|DocumentReference|Consent|Provenance)$/;

let folder: Awaited<ReturnType<typeof newFolder>>;
let testbed: Testbed;
let silva: Client;
let board: Client;
let auditor: Client;
let maria: Client;
let code: string;
let where: { custodian: number; subject: `0x${string}` };
/** The emergency of the story, and one that the command declares. */
let id: string;
let second: string;

const node = (key: string): TestbedNode => testbed.nodes[key] as TestbedNode;
const as = (key: string, role: 'clinician' | 'auditor'): Client =>
  createClient({ baseUrl: node(key).url, token: node(key).tokens[role] });

beforeAll(async () => {
  folder = await newFolder();
  const organizations = [ST_ALDHELM.key, LUZ_NOVA.key, CIVIC_ETHICS.key];
  testbed = await startTestbed({
    directory: folder.path,
    databaseTemplate: inject('pglite'),
    organizations,
    sealAfterMs: 150,
    watchEveryMs: 0,
  });
  [silva, auditor, board] = [
    as(LUZ_NOVA.key, 'clinician'),
    as(ST_ALDHELM.key, 'auditor'),
    as(CIVIC_ETHICS.key, 'auditor'),
  ];
  const { chainId } = testbed.ledger.deployment;
  const { organization, url } = node(ST_ALDHELM.key);
  const signer = subjectAccount(testbed.cast.maria.seed, { chainId, organization });
  maria = createClient({ baseUrl: url, session: { signer, organization, chainId } });
  where = { custodian: organization, subject: signer.address };
  code = formatShareCode(where);
});
afterAll(async () => {
  await testbed.stop();
  await folder.remove();
});

const typesOf = async (): Promise<Set<string>> => {
  const { entry = [] } = await silva.getReceived({ ...where, purpose: 'ETREAT' });
  return new Set(entry.map(({ resource }) => resource?.resourceType ?? ''));
};
const noticesOf = async (client: Client, kind: string, ref: string): Promise<readonly Notice[]> =>
  (await client.getNotices()).notices.filter((notice) => notice.kind === kind && notice.ref === ref);

test('default: declared by her code, the first set comes as soon as the ledger has it, and no more; she reads who and why, and has a notice', async () => {
  const declared = await silva.declareEmergency({ ...where, reason: 'unconscious', text: TEXT, hours: 2 });
  expect(declared).toMatchObject({ state: 'pending', until: null });
  id = declared.id;
  const outcome = await silva.fetchInEmergency({ id, set: 'first' });
  expect(outcome.released).toBeGreaterThan(5);
  expect(outcome.failed).toEqual([]);
  const types = await typesOf();
  expect([...types].filter((type) => !FIRST.test(type))).toEqual([]);
  const { entry = [] } = await silva.getReceived({ ...where, purpose: 'ETREAT' });
  const allergies = entry.flatMap(({ resource }) => (resource?.resourceType === 'AllergyIntolerance' ? resource : []));
  expect(allergies.map(({ code }) => (code as { text: string }).text).sort()).toEqual(['Latex', 'Penicillins']);

  const now = Date.now() / 1000;
  const open = await silva.getEmergency({ id });
  expect(open).toMatchObject({ state: 'open', side: 'asking', subject: where.subject, restAt: null });
  expect((open.until ?? 0) - now).toBeGreaterThan(3600);
  expect(await noticesOf(maria, 'emergency', id)).toMatchObject([{ seenAt: null }]);
  const [hers, ...others] = await maria.getEmergencies();
  expect(others).toEqual([]);
  expect(hers).toMatchObject({ id, side: 'asked', name: 'Dr Inês Silva', reason: 'unconscious', text: TEXT });
  expect(hers).toMatchObject({ organization: node(LUZ_NOVA.key).organization, subject: null });
  // Both auditors know that a review will be due, and the board that judges it.
  for (const who of [auditor, board, as(LUZ_NOVA.key, 'auditor')])
    await eventually('the notice of a review', async () =>
      (await noticesOf(who, 'emergency-review', id)).length === 1 ? true : null,
    );
});

test('behavior: the rest comes by a second act with its own reason, and she is told again', async () => {
  await silva.fetchInEmergency({ id, set: 'rest', text: 'Operation at once, whole history needed' });
  expect([...(await typesOf())].some((type) => !FIRST.test(type))).toBe(true);
  expect(await noticesOf(maria, 'emergency', `${id}/rest`)).toHaveLength(1);
  for (const who of [maria, silva]) expect((await who.getEmergency({ id })).restAt).not.toBeNull();
});

test('error: no reason, no words, a wrong length, nobody: nothing is declared; a stranger neither reads, ends nor judges it', async () => {
  const asked = { ...where, reason: 'unconscious', text: TEXT } as const;
  for (const wrong of [{ reason: 'curious' as never }, { text: 'short' }, { hours: 25 }, { subject: 'x' as never }])
    await expect(silva.declareEmergency({ ...asked, ...wrong })).rejects.toMatchObject({
      code: 'invalid',
      status: 400,
    });
  const { custodian } = where;
  await expect(
    as(ST_ALDHELM.key, 'clinician').declareEmergency({ ...asked, custodian, patient: 'nobody' }),
  ).rejects.toMatchObject({ status: 422 });
  await expect(maria.declareEmergency(asked)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(maria.endEmergency({ id })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(board.endEmergency({ id })).rejects.toMatchObject({ status: 422 });
  await expect(board.reviewEmergency({ id, outcome: 'justified' })).rejects.toMatchObject({ status: 422 });
  await expect(silva.fetchInEmergency({ id: '0x00', set: 'first' })).rejects.toMatchObject({ code: 'not-found' });
  await expect(maria.getEmergency({ id: '0x00' })).rejects.toMatchObject({ code: 'not-found' });
  expect(await silva.getEmergencies()).toHaveLength(1);
});

test('behavior: she who declared it closes it early: nothing is shown any more, and it waits for its review, which the board gives; the patient is told', async () => {
  await silva.endEmergency({ id });
  await eventually('the end of the box', async () =>
    (await silva.getEmergency({ id })).state === 'due' ? true : null,
  );
  await silva.endEmergency({ id });
  await expect(silva.getReceived({ ...where, purpose: 'ETREAT' })).rejects.toMatchObject({ code: 'consent-refused' });
  await expect(silva.fetchInEmergency({ id, set: 'first' })).rejects.toMatchObject({ code: 'consent-refused' });
  // With the words, which the declaring hospital's node has brought there; whom it is about stays with the hospitals.
  const queue = await eventually('the queue of the board', async () => {
    const due = await board.getEmergencies({ state: 'due' });
    return due.some(({ text }) => text !== null) ? due : null;
  });
  expect(queue).toMatchObject([{ id, side: 'ledger', reason: 'unconscious', text: TEXT, name: 'Dr Inês Silva' }]);
  expect(queue).toMatchObject([{ custodian: where.custodian, patient: null, subject: null }]);
  await expect(auditor.reviewEmergency({ id, outcome: 'justified' })).rejects.toMatchObject({ status: 422 });
  await board.reviewEmergency({ id, outcome: 'justified' });
  await eventually('the outcome', async () =>
    (await maria.getEmergency({ id })).outcome === 'justified' ? true : null,
  );
  await eventually('her notice', async () =>
    (await noticesOf(maria, 'emergency-review', id)).length === 1 ? true : null,
  );
  await eventually('the notice of who declared it', async () =>
    (await noticesOf(silva, 'emergency-review', `${id}/judged`)).length === 1 ? true : null,
  );
  await expect(board.reviewEmergency({ id, outcome: 'not-justified' })).rejects.toMatchObject({ status: 422 });
});

test('error: words that the ledger does not bear out are not taken by who judges', async () => {
  const [luzNova, civic] = [node(LUZ_NOVA.key), node(CIVIC_ETHICS.key)];
  const practitioner = 'Practitioner/somebody';
  const statement = {
    ...{ organization: luzNova.organization, ...where, recipient: recipientOf(practitioner) },
    ...{ justification: keccak256(utf8(TEXT)), salt: `0x${'7'.repeat(64)}` },
  };
  const show = async (changes: object, words = TEXT): Promise<number> => {
    const opened = { statement: { ...statement, ...changes }, text: words, practitioner, patient: null };
    const message = { kind: 'emergency', opened, name: 'Somebody' };
    const assertion = await clientAssertion(luzNova, civic);
    const response = await fetch(`${civic.url}/api/v1/peer/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ organization: luzNova.organization, assertion, message }),
    });
    return response.status;
  };
  expect(await show({ organization: where.custodian })).toBe(400);
  expect(await show({}, 'Other words than those declared')).toBe(400);
  expect(await show({ recipient: recipientOf('Practitioner/another') })).toBe(400);
  expect(await show({ salt: 'x' })).toBe(400);
  // Declared by nobody, or not yet: to be shown again later.
  expect(await show({})).toBe(503);
  expect(await board.getEmergencies()).toHaveLength(1);
});

/** The command with the token of somebody in a file. */
async function run(key: string, role: 'clinician' | 'auditor', ...args: string[]): Promise<CliRun> {
  const file = join(folder.path, `${key}-${role}.token`);
  await writeFile(file, node(key).tokens[role] ?? '');
  return anamnesis(['emergency', ...args, '--json', '--node', node(key).url, '--token-file', file]);
}

test('default: the same by the command', async () => {
  const declared = await run(
    ...([LUZ_NOVA.key, 'clinician', 'declare'] as const),
    ...['--code', code, '--reason', 'life-threatening', '--text', 'Severe bleeding after an accident', '--hours', '1'],
  );
  expect(declared.json()).toMatchObject({ ok: true, state: 'pending' });
  second = String(declared.json().id);
  const first = (await run(LUZ_NOVA.key, 'clinician', 'fetch', second)).json();
  const all = (await run(LUZ_NOVA.key, 'clinician', 'fetch', second, '--rest', 'Surgery, all of it needed')).json();
  expect(Number(all.released)).toBeGreaterThan(Number(first.released));
  const { emergencies } = (await run(LUZ_NOVA.key, 'clinician', 'list', '--state', 'open')).json();
  expect(emergencies).toMatchObject([{ id: second, reason: 'life-threatening' }]);
  expect((await run(LUZ_NOVA.key, 'clinician', 'end', second)).code).toBe(0);
  await eventually('the queue of the board', async () =>
    (await board.getEmergencies({ state: 'due' })).some((one) => one.id === second) ? true : null,
  );
  expect((await run(CIVIC_ETHICS.key, 'auditor', 'review', second, '--outcome', 'not-justified')).code).toBe(0);
  await eventually('the outcome', async () =>
    (await maria.getEmergency({ id: second })).outcome === 'not-justified' ? true : null,
  );
});

test('error: the command says what is wrong, and with what number it ends', async () => {
  const why = ['--reason', 'unconscious', '--text', TEXT];
  const cases: readonly (readonly [number, readonly string[]])[] = [
    [2, ['declare', '--code', code.slice(0, -2), ...why]],
    [2, ['declare', '--code', code, '--reason', 'curious', '--text', TEXT]],
    [4, ['fetch', second]],
    [5, ['fetch', '0x00']],
  ];
  for (const [exit, args] of cases) expect((await run(LUZ_NOVA.key, 'clinician', ...args)).code, args[0]).toBe(exit);
});
