import { newSeed, subjectAccount } from '@anamnesis/crypto';
import { ANYONE, CARE_OPEN_END, CARE_OPEN_START, consentDomain, stringifyJson } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { aldhelm, observation } from '../testing/world.ts';
import { signConsent } from '../verbs/grantConsent.ts';
import { type ExportFile, parseExportFile } from './exportFile.ts';
import { verifyExport } from './verifyExport.ts';

// biome-ignore lint/suspicious/noExplicitAny: damage goes anywhere, against every type.
type Loose = any;

/** The file as it lies on a disk, damaged as a test wishes. */
function written(file: ExportFile, damage: (file: Loose) => void = () => undefined): ExportFile {
  const copy = JSON.parse(stringifyJson(file));
  damage(copy);
  return parseExportFile(JSON.stringify(copy));
}

describe('verifyExport', () => {
  test('default: every record and access entry stands on the ledger', async () => {
    const custodian = aldhelm();
    const report = await verifyExport(written(custodian.exportFile()), custodian.ledger);
    expect(report).toMatchObject({
      ok: true,
      against: 'ledger',
      records: 6,
      accessEntries: 2,
      unsealed: 1,
      failures: [],
    });
  });

  test("behavior: without a ledger, the notes that the log's key signed stand in", async () => {
    const report = await verifyExport(written(aldhelm().exportFile()), null);
    expect(report).toMatchObject({ ok: true, against: 'notes', unsealed: 1 });
    const bare = written(aldhelm().exportFile(), (file) => delete file.notes);
    expect(await verifyExport(bare, null)).toMatchObject({ ok: true, against: 'file' });
  });

  test('behavior: the digits of a decimal count', async () => {
    const custodian = aldhelm();
    const text = stringifyJson(custodian.exportFile());
    const changed = parseExportFile(text.replace('"value":4,', '"value":4.0,'));
    expect((await verifyExport(changed, custodian.ledger)).failures).toMatchObject([
      { where: 'Observation/o4/_history/1', reason: 'not-included' },
    ]);
  });

  test.each<[string, (file: Loose) => void, string, string]>([
    ['content', (f) => (f.records[1].resource.valueQuantity.value = 99), 'Observation/o2/_history/1', 'not-included'],
    ['salt', (f) => (f.records[1].proof.salt = `0x${'00'.repeat(32)}`), 'Observation/o2/_history/1', 'not-included'],
    ['index', (f) => (f.records[1].proof.index = 0), 'Observation/o2/_history/1', 'not-included'],
    ['path', (f) => (f.records[1].proof.path[0] = `0x${'00'.repeat(32)}`), 'Observation/o2/_history/1', 'not-included'],
    ['swapped proofs', (f) => (f.records[1].proof = f.records[2].proof), 'Observation/o2/_history/1', 'not-included'],
    [
      'root',
      (f) => (f.records[1].proof.root = `0x${'00'.repeat(32)}`),
      'Observation/o2/_history/1',
      'other-checkpoint',
    ],
    ['organisation', (f) => (f.records[1].proof.organization = 2), 'Observation/o2/_history/1', 'other-log'],
    ['kind', (f) => (f.records[1].proof = f.accessLog[0].proof), 'Observation/o2/_history/1', 'other-log'],
    ['no proof', (f) => delete f.records[1].proof, 'Observation/o2/_history/1', 'malformed'],
    ['time', (f) => (f.records[1].proof.checkpoint.time = 5), 'Observation/o2/_history/1', 'other-than-ledger'],
    ['access entry', (f) => (f.accessLog[1].event.recorded = '2020-01-01T00:00:00Z'), 'AuditEvent/a2', 'not-included'],
  ])('error: a changed %s names the record', async (_name, damage, where, reason) => {
    const custodian = aldhelm();
    const report = await verifyExport(written(custodian.exportFile(), damage), custodian.ledger);
    expect(report.ok).toBe(false);
    expect(report.failures).toMatchObject([{ where, reason }]);
  });

  test('error: a record that is there twice, a Patient other than the one named', async () => {
    const custodian = aldhelm();
    const twice = written(custodian.exportFile(), (file) => file.records.push(file.records[1]));
    expect((await verifyExport(twice, custodian.ledger)).failures).toMatchObject([
      { where: 'Observation/o2/_history/1', reason: 'twice' },
    ]);
    custodian.append('records', { resourceType: 'Patient', id: 'joana', meta: { versionId: '1' } });
    custodian.seal('records');
    expect((await verifyExport(written(custodian.exportFile()), custodian.ledger)).failures).toMatchObject([
      { where: 'Patient/joana/_history/1', reason: 'other-patient' },
    ]);
  });

  test('error: a log forged whole, with checkpoints that the ledger never saw', async () => {
    const genuine = aldhelm();
    const forged = aldhelm();
    forged.append('records', observation('o9', '1', 1));
    forged.seal('records');
    const file = written(forged.exportFile());
    const online = await verifyExport({ ...file, profile: genuine.exportFile().profile as string }, genuine.ledger);
    expect(online.failures).toHaveLength(9);
    expect(online.failures.at(6)).toMatchObject({ where: 'Observation/o9/_history/1', reason: 'not-on-ledger' });
    const notes = genuine.notes;
    const offline = await verifyExport({ ...file, notes, profile: genuine.exportFile().profile as string }, null);
    expect(offline.failures.at(0)).toMatchObject({ where: 'Observation/o1/_history/1', reason: 'note-missing' });
  });

  test('behavior: names in a profile count only as the Directory pins them', async () => {
    const custodian = aldhelm();
    const genuine = await verifyExport(written(custodian.exportFile()), custodian.ledger);
    expect(genuine.warnings).toEqual([]);
    const name = (genuine.checks.find((check) => check.name === 'origin')?.detail ?? '').split(',')[0] as string;
    const renamed = written(custodian.exportFile(), (file) => {
      file.profile = file.profile.replace(name, 'False Hospital');
    });
    const online = await verifyExport(renamed, custodian.ledger);
    expect(online).toMatchObject({ ok: true, warnings: [{ reason: 'profile-not-pinned' }] });
    expect(JSON.stringify(online)).not.toContain('False Hospital');
    const offline = await verifyExport(renamed, null);
    expect(offline.warnings).toMatchObject([{ reason: 'names-unproven' }]);
    expect(offline.checks.find((check) => check.name === 'origin')?.detail).toMatch(
      /^calls itself False Hospital,.*not compared/,
    );
  });

  test('error: another chain, other contracts, another organisation than the ledger knows', async () => {
    const custodian = aldhelm();
    const reasons = async (damage: (file: Loose) => void) =>
      (await verifyExport(written(custodian.exportFile(), damage), custodian.ledger)).failures.map((f) => f.reason);
    expect(await reasons((file) => (file.chainId = 1))).toContain('other-chain');
    expect(await reasons((file) => (file.checkpoints = `0x${'9'.repeat(40)}`))).toContain('other-contracts');
    expect(await reasons((file) => (file.organization = 7))).toContain('organisation-unknown');
  });

  test('error: what the node can no longer open is named', async () => {
    const custodian = aldhelm();
    const file = { ...custodian.exportFile(), unreadable: [{ reference: 'Observation/o7/_history/3' }] };
    expect((await verifyExport(written(file), custodian.ledger)).failures).toMatchObject([
      { where: 'Observation/o7/_history/3', reason: 'unreadable' },
    ]);
  });

  test('error: not an export file', () => {
    expect(() => parseExportFile('{"format":"zip"}')).toThrow(expect.objectContaining({ code: 'export-malformed' }));
    expect(() => parseExportFile('{"format":')).toThrow(expect.objectContaining({ code: 'json-malformed' }));
  });

  test('behavior: consents are judged by signature, and by the ledger whether they hold', async () => {
    const custodian = aldhelm();
    const { chainId, contracts, revoked } = custodian.ledger;
    const signer = subjectAccount(newSeed(), { chainId, organization: 1 });
    const terms = {
      subject: signer.address,
      epoch: 0,
      index: 3,
      grantee: 2,
      recipient: ANYONE,
      categories: 1,
      sensitive: 0,
      purposes: 1,
      actions: 1,
      careFrom: CARE_OPEN_START,
      careUntil: CARE_OPEN_END,
      validFrom: 100,
      validUntil: 200,
      salt: `0x${'11'.repeat(32)}` as const,
    };
    const { signature } = await signConsent(terms, consentDomain(chainId, contracts.consents), signer);
    const file = { ...custodian.exportFile(), consents: [{ terms, signature }] };
    const consents = async (of: ExportFile, ledger: typeof custodian.ledger | null) =>
      (await verifyExport(of, ledger, { now: 150 })).checks.find((check) => check.name === 'consents');
    expect(await consents(file, custodian.ledger)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('1 in force'),
    });
    revoked.add(`${signer.address}/3`);
    expect(await consents(file, custodian.ledger)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('0 in force'),
    });
    const wider = { ...file, consents: [{ terms: { ...terms, categories: 3 }, signature }] };
    expect(await consents(wider, custodian.ledger)).toMatchObject({ ok: false });
    expect(await consents(wider, null)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('consent 3 for organisation 2'),
    });
  });
});
