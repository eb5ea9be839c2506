import { createHash, randomUUID } from 'node:crypto';
import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  canonicalize,
  commitmentOf,
  consentDomain,
  consentTypedData,
  maskOfAll,
  PURPOSES,
  type RecordProof,
  sessionTypedData,
  verifyRecordProof,
} from '@anamnesis/protocol';
import { compactVerify, importJWK } from 'jose';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErasureReceipt } from '../modules/erasure/index.ts';
import { openContents } from '../modules/records/content.ts';
import { ENGINES } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { admitOrganization, random32, startWorld, type World } from '../testing/world.ts';
import { created, refusal } from './conformance/suite.fixture.ts';

/** A test for HIV antibodies: of a sensitive class. */
const HIV = { coding: [{ system: 'http://loinc.org', code: '75622-1' }] };
const NOTE = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

describe.each(ENGINES)('erasing over $name', ({ open }) => {
  let world: World;
  let node: HttpNode;

  beforeAll(async () => {
    world = await startWorld();
    const who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    await admitOrganization(world, 2, 'Hospital da Luz Nova', 'https://luz.example');
    node = await startHttpNode(world, who, await open());
  }, 60_000);
  afterAll(async () => {
    await node.stop();
    await world.stop();
  }, 60_000);

  async function api(method: string, path: string, body?: unknown, token = node.tokens.operator): Promise<Answer> {
    const answer = await fetch(`${node.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: await answer.json() };
  }

  const publicKey = () => {
    const { d: _private, ...key } = node.context.signingKey;
    return importJWK(key, 'ES384');
  };
  const newPatient = () =>
    created(node, { resourceType: 'Patient', name: [{ family: `Canary${randomUUID().slice(0, 8)}` }] });
  const observation = (patient: string, code: object, over: object = {}) => ({
    resourceType: 'Observation',
    status: 'final',
    code,
    subject: { reference: `Patient/${patient}` },
    ...over,
  });
  const proofOf = async (reference: string): Promise<Answer> =>
    api('GET', `/proofs/records/${reference}/1`, undefined, node.tokens.clinician);

  async function link(patient: string, account: PrivateKeyAccount): Promise<void> {
    const { chainId } = world.reader;
    const session = {
      subject: account.address,
      organization: 1,
      notAfter: Math.floor(Date.now() / 1000) + 300,
      nonce: random32(),
    };
    const signature = await account.signTypedData(sessionTypedData(session, chainId));
    expect((await api('POST', '/subjects', { ...session, signature, patient }, node.tokens.registrar)).status).toBe(
      201,
    );
    const now = Math.floor(Date.now() / 1000);
    const terms = {
      ...{
        subject: account.address,
        epoch: 0,
        index: 0,
        grantee: 2,
        recipient: ANYONE,
        categories: maskOfAll(CATEGORIES),
        sensitive: 0,
      },
      ...{ purposes: maskOfAll(PURPOSES), actions: 1, careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END },
      ...{ validFrom: now - 60, validUntil: now + 3600, salt: random32() },
    };
    const domain = consentDomain(chainId, world.reader.deployment.consents);
    const grant = { terms, signature: await account.signTypedData(consentTypedData(terms, domain)) };
    expect((await api('POST', '/consents', grant)).status).toBe(201);
  }

  test('default: of a whole patient nothing is left to read or to guess; the proofs of others hold; the receipt is signed', async () => {
    const account = privateKeyToAccount(generatePrivateKey());
    const [patient, other] = [await newPatient(), await newPatient()];
    await link(patient, account);
    const canary = `canary-${randomUUID()}`;
    const reading = await created(node, observation(patient, { ...NOTE, text: canary }));
    await node.send('PUT', `/Observation/${reading}`, {
      body: { ...observation(patient, NOTE), id: reading, valueString: 'changed' },
    });
    await created(node, observation(patient, HIV));
    const otherReading = await created(node, observation(other, NOTE));
    const plain = (await node.send('GET', `/Observation/${reading}/_history/1`)).text;
    const { database, keys } = node.context;
    const copied = await database.query<{
      type: string;
      id: string;
      version: number;
      key_id: string;
      content: Uint8Array;
      leaf_index: number;
    }>(
      'select type, id, version, key_id, content, leaf_index from resource_version where patient = $1 and content is not null',
      [patient],
    );
    expect(copied).toHaveLength(1);
    await openContents(keys, database, copied);
    const before = await proofOf(`Observation/${otherReading}`);

    const { status, json } = await api('POST', '/erasures', { patient, reason: 'asked by the patient' });
    expect(status).toBe(201);
    const { payload } = await compactVerify(json.receipt, await publicKey());
    const receipt = JSON.parse(new TextDecoder().decode(payload)) as ErasureReceipt;
    expect(receipt).toMatchObject({ organization: 1, consents: 1, grantees: [2], retained: [], mentions: [] });
    expect(receipt.leaves.records).toHaveLength(4);
    expect(receipt.leaves.access.length).toBeGreaterThan(0);
    expect((await api('GET', `/erasures/${receipt.id}`)).json.receipt).toBe(json.receipt);

    for (const path of [
      `/Patient/${patient}`,
      `/Observation/${reading}`,
      `/Observation/${reading}/_history/1`,
      `/Patient/${patient}/$everything`,
    ])
      expect(refusal(await node.send('GET', path))).toBe('404 not-found');
    expect((await node.send('GET', `/Observation?subject=Patient/${patient}`)).json.total).toBe(0);
    // A copy of the row and everything that the node has do not open it.
    await expect(openContents(keys, database, copied)).rejects.toMatchObject({ code: 'key-erased' });
    // With the known text, no salt that is left makes the leaf.
    const leaf = (await fetch(
      `${node.url}/api/v1/logs/records/leaves?start=${copied[0]?.leaf_index}&end=${(copied[0]?.leaf_index ?? 0) + 1}`,
    ).then((answer) => answer.json())) as { leaves: string[] };
    const guess = commitmentOf(
      { kind: 'record', ...node.context.ledger },
      new Uint8Array(32),
      canonicalize(JSON.parse(plain)),
      sha256,
    );
    expect(leaf.leaves).toHaveLength(1);
    expect(leaf.leaves[0]).not.toContain(Buffer.from(guess).toString('hex'));
    expect(await mentionsOf([patient, account.address.toLowerCase(), canary], [receipt.id])).toEqual([]);

    const after = await proofOf(`Observation/${otherReading}`);
    expect(after.status).toBe(200);
    const found = (await node.send('GET', `/Observation/${otherReading}`)).text;
    for (const proof of [before.json, after.json] as RecordProof[])
      expect(verifyRecordProof(proof, JSON.parse(found) as object)).toEqual({ ok: true });
    expect((await api('POST', '/erasures', { patient, reason: 'again' })).status).toBe(404);
  });

  /** Tables in which a text is found, plain, outside of the rows of receipts. */
  async function mentionsOf(texts: readonly string[], receipts: readonly string[]): Promise<string[]> {
    const { database } = node.context;
    const tables = await database.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = await database.query<{ row: string }>(`select t::text as row from ${name} t`);
      const own = rows.filter(({ row }) => !receipts.some((id) => row.includes(id)));
      const hex = texts.map((text) => Buffer.from(text).toString('hex'));
      if (own.some(({ row }) => [...texts, ...hex].some((text) => row.toLowerCase().includes(text.toLowerCase()))))
        found.push(name);
    }
    return found;
  }

  test('behavior: one record, with every version; the others are encrypted anew, and its row cannot be opened', async () => {
    const patient = await newPatient();
    const [gone, stays] = [
      await created(node, observation(patient, NOTE)),
      await created(node, observation(patient, NOTE)),
    ];
    const { database, keys } = node.context;
    const copied = await database.query<{
      type: string;
      id: string;
      version: number;
      key_id: string;
      content: Uint8Array;
    }>('select type, id, version, key_id, content from resource where patient = $1', [patient]);
    const text = (await node.send('GET', `/Observation/${stays}`)).text;
    const { status, json } = await api('POST', '/erasures', {
      patient,
      record: `Observation/${gone}`,
      reason: 'entered in error',
    });
    expect([status, json.leaves.records.length, json.keys]).toEqual([201, 1, 1]);
    expect(refusal(await node.send('GET', `/Observation/${gone}`))).toBe('404 not-found');
    await expect(openContents(keys, database, copied)).rejects.toMatchObject({ code: 'key-erased' });
    expect((await node.send('GET', `/Observation/${stays}`)).text).toBe(text);
    const proof = (await proofOf(`Observation/${stays}`)).json as RecordProof;
    expect(verifyRecordProof(proof, JSON.parse(text) as object)).toEqual({ ok: true });
    const log = await api('GET', `/access-log?patient=${patient}`, undefined, node.tokens.clinician);
    expect(log.json.unreadable).toEqual([]);
    expect(JSON.stringify(log.json.entries)).toContain(`erasure ${json.id}`);
  });

  test('behavior: a sensitive class goes, the rest stays', async () => {
    const patient = await newPatient();
    const [gone, stays] = [
      await created(node, observation(patient, HIV)),
      await created(node, observation(patient, NOTE)),
    ];
    const { json } = await api('POST', '/erasures', { patient, classes: ['hiv'], reason: 'asked by the patient' });
    expect(json.leaves.records).toHaveLength(1);
    expect(refusal(await node.send('GET', `/Observation/${gone}`))).toBe('404 not-found');
    expect((await node.send('GET', `/Observation/${stays}`)).status).toBe(200);
    const owners = await node.context.database.query<{ owner: string }>(
      'select owner from content_key where starts_with(owner, $1) order by owner',
      [`Patient/${patient}`],
    );
    expect(owners.map(({ owner }) => owner)).toEqual([`Patient/${patient}`, `Patient/${patient}/kept`]);
  });

  test('behavior: what a law retains stays, with its reason, and can still be read', async () => {
    const patient = await newPatient();
    const retain = { reason: 'accounting of disclosures', until: '2032-01-01T00:00:00Z' };
    const { json } = await api('POST', '/erasures', { patient, retain, reason: 'asked by the patient' });
    expect(json.retained).toEqual([{ what: 'access-log', ...retain, until: '2032-01-01T00:00:00.000Z' }]);
    const log = await api('GET', `/access-log?patient=${patient}`, undefined, node.tokens.clinician);
    expect(log.json.entries.length).toBeGreaterThan(1);
    expect(log.json.unreadable).toEqual([]);
  });

  test('error: a record that was changed behind the node’s back is named, and nothing is erased', async () => {
    const patient = await newPatient();
    const [gone, changed] = [
      await created(node, observation(patient, NOTE)),
      await created(node, observation(patient, NOTE)),
    ];
    await node.context.database.query("update resource set content = decode('00', 'hex') where id = $1", [changed]);
    const { status, json } = await api('POST', '/erasures', {
      patient,
      record: `Observation/${gone}`,
      reason: 'entered in error',
    });
    expect(status).toBe(409);
    expect(JSON.stringify(json)).toContain(`Observation/${changed}/_history/1`);
    expect((await node.send('GET', `/Observation/${gone}`)).status).toBe(200);
  });

  test.each([
    [{}, 400],
    [{ reason: 'x' }, 400],
    [{ reason: 'x', patient: '../1' }, 400],
    [{ reason: 'x', patient: 'p', classes: ['unknown'] }, 400],
    [{ reason: 'x', patient: 'p', record: 'Observation' }, 400],
    [{ reason: 'x', patient: 'p', record: 'Observation/1', classes: ['hiv'] }, 400],
    [{ reason: 'x', patient: 'p', record: 'Observation/1' }, 404],
    [{ reason: 'x', patient: 'nobody' }, 404],
    [{ reason: 'x', received: { custodian: 2, subject: `0x${'11'.repeat(20)}` } }, 404],
  ])('error: %j is answered %i', async (body, status) => {
    expect((await api('POST', '/erasures', body)).status).toBe(status);
  });

  test('error: nobody but an operator erases', async () => {
    for (const role of ['clinician', 'registrar', 'integrator', 'auditor'] as const)
      expect((await api('POST', '/erasures', { patient: 'p', reason: 'x' }, node.tokens[role])).status).toBe(403);
  });
});
