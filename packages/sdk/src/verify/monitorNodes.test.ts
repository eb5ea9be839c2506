import { cosign, newNoteKey } from '@anamnesis/crypto';
import { rootOf } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { aldhelm, Custodian, foreignLeaf, observation } from '../testing/world.ts';
import { describeFinding, type MonitorMemory, monitorNodes } from './monitorNodes.ts';

async function monitored(custodian = aldhelm()) {
  const nodes = [await custodian.serve()];
  let memory: MonitorMemory = {};
  const round = async (now = 1_000, patience = 60) => {
    const result = await monitorNodes({ ledger: custodian.ledger, nodes, memory, now, patience });
    memory = result.memory;
    return result;
  };
  const found = async (now?: number) => {
    const { logs } = await round(now);
    return logs.flatMap((log) => log.findings.map((finding) => describeFinding(log, finding)));
  };
  return { custodian, nodes, round, found };
}

describe('monitorNodes', () => {
  test('default: signed, growing, on the ledger; round after round', async () => {
    const { custodian, round } = await monitored();
    const first = await round();
    expect(first).toMatchObject({ ok: true, unreachable: [] });
    expect(first.logs).toMatchObject([
      { organization: 1, log: 'records', shown: { size: 5 }, leaves: 6, findings: [] },
      { organization: 1, log: 'access', shown: { size: 2 }, leaves: 2, findings: [] },
    ]);
    custodian.append('records', observation('o9', '1', 1));
    custodian.seal('records');
    expect(await round()).toMatchObject({ ok: true, memory: { '1/records': { seen: { size: 7 } } } });
  });

  test('error: fork: another history behind a checkpoint that was seen', async () => {
    const { custodian, found } = await monitored();
    expect(await found()).toEqual([]);
    custodian.leaves.records[1] = foreignLeaf();
    custodian.append('records', observation('o9', '1', 1));
    custodian.seal('records');
    expect(await found()).toEqual([
      'fork: records log of organisation 1, size 7: 7 leaves do not begin with the 5 that it signed before',
    ]);
    // It stays told: what was seen first is what all later ones are measured by.
    expect(await found()).toHaveLength(1);
  });

  test('error: fork: two views of one size, one shown to a witness', async () => {
    const { custodian, nodes, found } = await monitored();
    const witness = new Custodian(custodian.ledger, 2);
    nodes.push(await witness.serve());
    const other = [...custodian.leaves.records.slice(0, 4), foreignLeaf()];
    witness.witnessed.set('1/records', custodian.signed('records', 5, rootOf(other)));
    expect(await found()).toEqual([
      'fork: records log of organisation 1, size 5: it signed two roots for 5 leaves, as organisation 2 witnessed',
    ]);
    // A note that the log did not sign proves nothing against it.
    const forged = witness.signed('records', 5, rootOf(other)).replace('/2/records', '/1/records');
    witness.witnessed.set('1/records', forged);
    expect(await found()).toEqual([]);
  });

  test('behavior: who cosigned is told', async () => {
    const { custodian, nodes, round } = await monitored();
    const witness = new Custodian(custodian.ledger, 2);
    nodes.push(await witness.serve());
    const note = custodian.shown.get('records') ?? '';
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    const line = cosign(text, { name: 'organisation-2', privateKey: witness.noteKey }, 1_700_000_000);
    const foreign = cosign(text, { name: 'organisation-2', privateKey: newNoteKey() }, 1_700_000_000);
    custodian.shown.set('records', `${note}${foreign}\n`);
    expect((await round()).logs[0]?.witnesses).toEqual([]);
    custodian.shown.set('records', `${note}${line}\n`);
    expect((await round()).logs[0]?.witnesses).toEqual([2]);
  });

  test('error: rollback: fewer leaves than were sealed, or than a witness saw', async () => {
    const { custodian, found } = await monitored();
    custodian.leaves.records.splice(4);
    expect(await found()).toEqual([
      'rollback: records log of organisation 1, size 4: it has 4 leaves where 5 were signed or sealed',
    ]);
    const ahead = await monitored();
    const witness = new Custodian(ahead.custodian.ledger, 2);
    ahead.nodes.push(await witness.serve());
    witness.witnessed.set('1/records', ahead.custodian.signed('records', 9, foreignLeaf()));
    expect(await ahead.found()).toEqual([
      'rollback: records log of organisation 1, size 6: it has 6 leaves where organisation 2 witnessed 9',
    ]);
  });

  test('error: missing: signed and never posted, posted and not shown, dropped', async () => {
    const { custodian, found } = await monitored();
    custodian.shown.set('records', custodian.signed('records', 6, rootOf(custodian.leaves.records)));
    custodian.shown.delete('access');
    expect(await found(1_000)).toEqual([]);
    expect(await found(1_060)).toEqual([
      'missing: records log of organisation 1, size 6: the checkpoint of 6 leaves that it signed was never posted',
      'late: records log of organisation 1, size 6: 1 leaves have been waiting for a checkpoint since 1970-01-01T00:16:40.000Z',
      'missing: access log of organisation 1, size 2: nobody can see what it posted: it shows no checkpoint',
    ]);
    custodian.append('records', observation('o9', '1', 1));
    custodian.seal('records');
    custodian.seal('access');
    expect(await found(1_070)).toEqual([
      'missing: records log of organisation 1, size 6: the checkpoint of 6 leaves that it signed was dropped: it posted others',
    ]);
  });

  test('error: late: leaves wait for a checkpoint', async () => {
    const { custodian, found } = await monitored();
    expect(await found(1_000)).toEqual([]);
    expect(await found(1_100)).toEqual([
      expect.stringMatching(/^late: records log of organisation 1, size 6: 1 leaves/),
    ]);
    custodian.seal('records');
    expect(await found(1_110)).toEqual([]);
  });

  test('error: a node that is silent, or not who the Directory pins, is told as such', async () => {
    const { custodian, nodes, round } = await monitored();
    nodes.push('http://127.0.0.1:9');
    expect(await round()).toMatchObject({ ok: false, unreachable: [{ node: 'http://127.0.0.1:9' }] });
    nodes.pop();
    custodian.profile = { ...custodian.profile, organization: { resourceType: 'Organization', name: 'Another' } };
    expect((await round()).unreachable[0]?.detail).toContain('not one that the Directory pins');
  });
});
