import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Grant } from '@anamnesis/protocol';
import { checkExportFile, ledgerWitness, signConsent, verifyExport, verifyNode, verifyRelease } from '@anamnesis/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anamnesis } from '../testing/cli.ts';
import { eventually, type Hospitals, newFolder, startHospitals, termsFor } from '../testing/hospitals.ts';
import { askToken } from '../testing/token.ts';

/* The story of the README, over HTTP, with each claim checked against the ledger. The tests tell it in order. */

let folder: Awaited<ReturnType<typeof newFolder>>;
let world: Hospitals;
let grant: Grant;
/** Everything of Maria's that Luz Nova may see. */
let released: number;

beforeAll(async () => {
  folder = await newFolder();
  world = await startHospitals(folder.path);
});
afterAll(async () => {
  await world.stop();
  await folder.remove();
});

const ask = () => world.silva.fetchFromPeer({ ...grant, custodian: world.aldhelm.organization, purpose: 'TREAT' });
const received = () =>
  world.silva.getReceived({ custodian: world.aldhelm.organization, subject: world.maria.signer.address });
const exported = async () => checkExportFile(await world.desk.exportPatient({ patient: world.maria.patient }));
const failures = async () => (await verifyExport(await exported(), world.ledger)).failures;

async function restart(): Promise<void> {
  await world.stop();
  world = await startHospitals(folder.path);
}

/** Waits until everything of Maria's, records and accesses, is under a checkpoint. */
async function sealed() {
  return eventually('the seal', async () => {
    const file = await exported();
    return file.records.every(({ proof }) => proof.checkpoint !== null) ? file : null;
  });
}

/** Files with which the command is let in and knows the contracts. */
async function cliOptions(): Promise<string[]> {
  const deployment = join(folder.path, 'deployment.json');
  await writeFile(deployment, JSON.stringify(world.testbed.ledger.deployment));
  return ['--json', '--rpc', world.testbed.ledger.rpcUrl, '--deployment', deployment];
}

describe('the way through', () => {
  test('default: without consent nothing; with it her history arrives, verified against the ledger', async () => {
    await sealed();
    const stranger = await signConsent(termsFor(world), world.domain, {
      ...world.maria.signer,
      signTypedData: (await import('viem/accounts')).privateKeyToAccount(`0x${'7'.repeat(64)}`).signTypedData,
    });
    grant = { terms: stranger.terms, signature: stranger.signature };
    await expect(ask()).rejects.toMatchObject({ code: 'consent-refused', status: 403 });
    // Luz Nova itself saw through it. Presented all the same, it opens nothing at St. Aldhelm.
    const presented = await askToken(world.luzNova, world.aldhelm, grant);
    expect(presented.status).toBe(400);
    expect(await presented.json()).toMatchObject({ error: 'invalid_grant' });

    const { client, signer } = world.maria;
    const { terms, signature } = await client.grantConsent({ terms: termsFor(world), domain: world.domain, signer });
    grant = { terms, signature };
    const outcome = await ask();
    released = outcome.released;
    expect(outcome).toEqual({ released, verified: released, unsealed: 0, failed: [] });
    expect(released).toBeGreaterThan(20);
    const bundle = await received();
    const types = bundle.entry?.map(({ resource }) => resource?.resourceType) ?? [];
    expect(types.filter((type) => type !== 'Provenance')).toHaveLength(released);
    expect(types).toContain('Provenance');
  });

  test('behavior: her access log names Dr Silva, and the entry stands on the ledger', async () => {
    const { client } = world.maria;
    const entry = await eventually('the sealed entry', async () => {
      const { entries } = await client.getAccessLog({ count: 100 });
      const found = entries.find(({ event }) => JSON.stringify(event).includes(world.testbed.cast.silva.practitioner));
      return found?.proof.checkpoint ? found : null;
    });
    expect(JSON.stringify(entry.event)).toContain(world.testbed.cast.silva.name);
    const { chainId, contracts } = world.ledger;
    const { organization } = world.aldhelm;
    const expected = { kind: 'access', chainId, checkpoints: contracts.checkpoints, organization } as const;
    const proven = [{ content: entry.event, proof: entry.proof }];
    for await (const verdict of verifyRelease(proven, { expected, witness: ledgerWitness(world.ledger) })) {
      expect(verdict).toMatchObject({ failure: null, sealed: true });
    }
    // The stranger's attempt is there as well.
    const { entries } = await client.getAccessLog({ count: 100 });
    const refused = entries.filter(({ event }) => (event as { outcome?: string }).outcome === '4');
    expect(refused).toHaveLength(1);
  });

  test('behavior: staff who look at her access log or consents are in it; she is not, each time that she looks', async () => {
    const { client, patient, signer } = world.maria;
    const looks = async () => {
      const { entries } = await client.getAccessLog({ count: 100 });
      const entities = entries.flatMap(({ event }) => event.entity as { query?: string }[]);
      return entities
        .map(({ query }) => atob(query ?? ''))
        .filter((query) => query.startsWith('AuditEvent?') || query.startsWith('Consent?'));
    };
    expect(await looks()).toEqual([]);
    await world.desk.getAccessLog({ patient, count: 1 });
    const headers = { authorization: `Bearer ${world.aldhelm.tokens.clinician}` };
    const consents = `${world.aldhelm.url}/api/v1/consents?subject=${signer.address}`;
    expect((await fetch(consents, { headers })).status).toBe(200);
    expect(await looks()).toEqual([`Consent?patient=Patient/${patient}`, `AuditEvent?patient=Patient/${patient}`]);
    expect((await fetch(consents)).status).toBe(401);
    expect(await looks()).toHaveLength(2);
  });

  test('behavior: stopped and started on the same folder, everything is as it was', async () => {
    const before = await sealed();
    await restart();
    const after = await exported();
    expect(after.records).toEqual(before.records);
    const kept = after.accessLog.slice(-before.accessLog.length).map(({ event }) => event);
    expect(kept).toEqual(before.accessLog.map(({ event }) => event));
    expect(after.consents).toEqual(before.consents);
    expect(await failures()).toEqual([]);
    expect(await ask()).toMatchObject({ released, verified: released });
  });

  test('behavior: all of it by the command: a second key, a consent as a file, what it opens, everything refused once', async () => {
    const { aldhelm, luzNova, maria } = world;
    const path = (name: string): string => join(folder.path, name);
    await writeFile(path('passphrase'), 'correct horse\n');
    await writeFile(path('desk.token'), aldhelm.tokens.registrar ?? '');
    await writeFile(path('operator.token'), aldhelm.tokens.operator ?? '');
    const account = ['--account', path('account.json'), '--passphrase-file', path('passphrase'), '--json'];
    const run = async (args: readonly string[], token?: string) => {
      const { code, json, stderr } = await anamnesis(args, token === undefined ? {} : { ANAMNESIS_TOKEN: token });
      expect(stderr).not.toMatch(/at .*\.ts:/);
      return { code, ...json() };
    };
    expect(await run(['account', 'create', ...account])).toMatchObject({ code: 0 });
    const desk = ['account', 'join', ...account, '--node', aldhelm.url, '--patient', maria.patient, '--token-file'];
    expect(await run([...desk, path('desk.token')])).toMatchObject({ code: 6 });
    expect(await run([...desk, path('operator.token')])).toMatchObject({ code: 0 });
    const to = ['--to', String(luzNova.organization), '--out', path('consent.json')];
    expect(await run(['grant', ...account, ...to])).toMatchObject({ code: 0 });

    const there = ['--node', luzNova.url, '--custodian', String(aldhelm.organization)];
    const asked = [...there, '--consent', path('consent.json'), '--json'];
    const fetched = await run(['fetch', ...asked], luzNova.tokens.clinician);
    expect(fetched).toMatchObject({ code: 0, failed: [] });
    const out = ['--out', path('received.json')];
    const shown = await run(['received', ...asked, ...out], luzNova.tokens.clinician);
    expect(shown).toMatchObject({ code: 0, file: path('received.json') });
    expect(JSON.parse(await readFile(path('received.json'), 'utf8'))).toMatchObject({ type: 'collection' });

    const all = ['revoke', '--all', ...account, ...(await cliOptions()).filter((option) => option !== '--json')];
    expect(await run(all)).toMatchObject({ code: 0, changed: true });
    const refused = () => run(['fetch', ...asked], luzNova.tokens.clinician);
    await eventually('the refusal', async () => ((await refused()).code === 4 ? true : null));
    expect(await run(all)).toMatchObject({ code: 0, changed: false });
  });

  test('behavior: she refuses, and the next read is refused at both hospitals', async () => {
    const { client, signer } = world.maria;
    const { subject, index } = grant.terms;
    await client.revokeConsent({ subject, index, domain: world.domain, signer });
    await expect(ask()).rejects.toMatchObject({ code: 'consent-refused' });
    await eventually('the refusal at Luz Nova', () =>
      received().then(
        () => null,
        (error: { code: string }) => error,
      ),
    );
    await expect(received()).rejects.toMatchObject({ code: 'consent-refused', status: 403 });
    expect(await world.ledger.isRevoked({ subject, index })).toBe(true);
    await restart();
    await expect(ask()).rejects.toMatchObject({ code: 'consent-refused' });
    await expect(received()).rejects.toMatchObject({ code: 'consent-refused' });
    // Handed in again, the old signature does not bring it back.
    await expect(client.grantConsent({ terms: grant.terms, domain: world.domain, signer })).rejects.toThrow();
  });

  test('behavior: a record changed behind the node is named, by the library and by the command', async () => {
    const { records } = await sealed();
    expect(await failures()).toEqual([]);
    const one = records.find(({ resource }) => resource.resourceType === 'Observation')?.resource;
    const reference = `Observation/${one?.id}/_history/${one?.meta?.versionId}`;
    await world.testbed.tamper('st-aldhelm', reference);
    expect(await failures()).toEqual([expect.objectContaining({ where: reference })]);

    const file = join(folder.path, 'maria.json');
    const { url, tokens } = world.aldhelm;
    const environment = { ANAMNESIS_TOKEN: tokens.clinician ?? '' };
    const args = ['export', '--node', url, '--patient', world.maria.patient, '--out', file, '--json'];
    expect((await anamnesis(args, environment)).code).toBe(8);
    const options = await cliOptions();
    const verified = await anamnesis(['verify', file, ...options]);
    expect(verified.code).toBe(8);
    expect(verified.json().failures).toEqual([expect.objectContaining({ where: reference })]);
    // The logs themselves still hold: only the content lies.
    const nodes = ['--node', url, '--node', world.luzNova.url];
    expect(await anamnesis(['verify', ...nodes, ...options])).toMatchObject({ code: 0 });
    const all = await anamnesis(['verify', '--node', url, '--patients', ...options], environment);
    expect(all.code).toBe(8);
    expect(JSON.stringify(all.json().failures)).toContain(reference);
  });

  test('error: a node set back to an earlier state is found, and does not answer', async () => {
    await world.stop();
    const database = join(folder.path, 'nodes', 'luz-nova', 'database');
    const copy = join(folder.path, 'earlier');
    await cp(database, copy, { recursive: true });
    world = await startHospitals(folder.path);
    const { size } = await world.silva.getLog('records');
    await world.silva.fhir.create({ resourceType: 'Basic', code: { text: 'to be forgotten' } });
    await eventually('the seal', async () => {
      const { checkpoint } = await world.silva.getLog('records');
      return (checkpoint?.size ?? 0) > size ? true : null;
    });
    await world.stop();
    await rm(database, { recursive: true });
    await cp(copy, database, { recursive: true });
    world = await startHospitals(folder.path);

    const report = await verifyNode({ ledger: world.ledger, nodes: [world.aldhelm.url, world.luzNova.url] });
    expect(report.failures.map(({ where }) => where)).toContainEqual(expect.stringContaining('records log'));
    expect(report.failures.every(({ where }) => where.includes(`organisation ${world.luzNova.organization}`))).toBe(
      true,
    );
    const verified = await anamnesis(['verify', '--node', world.luzNova.url, ...(await cliOptions())]);
    expect(verified.code).toBe(8);
    await expect(world.silva.fhir.search('Patient', '')).rejects.toMatchObject({ status: 503 });
    await expect(ask()).rejects.toMatchObject({ status: 503 });
  });
});
