import { describe, expect, test } from 'vitest';
import { aldhelm, foreignLeaf } from '../testing/world.ts';
import { verifyNode } from './verifyNode.ts';

describe('verifyNode', () => {
  test('default: profile and both logs agree with the ledger; the unsealed tail is told', async () => {
    const custodian = aldhelm();
    const report = await verifyNode({ ledger: custodian.ledger, nodes: [await custodian.serve()] });
    expect(report).toMatchObject({ ok: true, failures: [] });
    expect(report.checks.map((check) => check.detail)).toEqual([
      'St. Aldhelm Hospital is organisation 1 of the Directory',
      '6 leaves, right at 2 of 2 checkpoints; the last 1 not yet sealed',
      '2 leaves, right at 1 of 1 checkpoints',
    ]);
  });

  test('behavior: without addresses, the Directory tells where the nodes are', async () => {
    const custodian = aldhelm();
    const pinned = custodian.ledger.profiles.get(1);
    if (pinned) pinned.url = `${await custodian.serve()}/.well-known/anamnesis`;
    expect(await verifyNode({ ledger: custodian.ledger })).toMatchObject({ ok: true, checks: { length: 3 } });
  });

  test.each([
    ['changed', (leaves: Uint8Array[]) => leaves.splice(3, 1, foreignLeaf())],
    ['dropped', (leaves: Uint8Array[]) => leaves.splice(3, 1)],
    ['inserted', (leaves: Uint8Array[]) => leaves.splice(4, 0, foreignLeaf())],
    ['reordered', (leaves: Uint8Array[]) => leaves.splice(3, 2, ...leaves.slice(3, 5).reverse())],
  ])('error: a leaf %s between two checkpoints is placed there', async (_name, damage) => {
    const custodian = aldhelm();
    damage(custodian.leaves.records);
    const report = await verifyNode({ ledger: custodian.ledger, nodes: [await custodian.serve()] });
    expect(report.ok).toBe(false);
    expect(report.failures).toMatchObject([
      {
        where: 'records log of organisation 1, size 5',
        reason: 'root-differs',
        detail: expect.stringMatching(/^leaves 3 to 4 /),
      },
    ]);
  });

  test('error: a node restored from an old backup', async () => {
    const custodian = aldhelm();
    custodian.leaves.records.splice(4);
    const report = await verifyNode({ ledger: custodian.ledger, nodes: [await custodian.serve()] });
    expect(report.failures).toMatchObject([{ reason: 'rolled-back', where: 'records log of organisation 1, size 5' }]);
  });

  test('error: another profile than the pinned one, an organisation of its own invention, no node at all', async () => {
    const custodian = aldhelm();
    custodian.profile = { ...custodian.profile, organization: { resourceType: 'Organization', name: 'Another' } };
    const { ledger } = custodian;
    const address = await custodian.serve();
    expect((await verifyNode({ ledger, nodes: [address] })).failures).toMatchObject([{ reason: 'profile-differs' }]);
    ledger.profiles.delete(1);
    expect((await verifyNode({ ledger, nodes: [address] })).failures).toMatchObject([
      { reason: 'organisation-unknown' },
    ]);
    expect((await verifyNode({ ledger, nodes: ['http://127.0.0.1:9'] })).failures).toMatchObject([
      { reason: 'network' },
    ]);
    expect((await verifyNode({ ledger })).failures).toMatchObject([{ reason: 'no-nodes' }]);
  });

  test('error: a ledger provider that hides the newest checkpoint', async () => {
    const custodian = aldhelm();
    const { ledger } = custodian;
    const whole = ledger.checkpoints.bind(ledger);
    ledger.isLast = async (of, checkpoint) => (await whole(of)).at(-1)?.size === checkpoint?.size;
    ledger.checkpoints = async (of) => (await whole(of)).slice(0, -1);
    const report = await verifyNode({ ledger, nodes: [await custodian.serve()] });
    expect(report.failures.map(({ reason }) => reason)).toEqual([
      'checkpoint-list-incomplete',
      'checkpoint-list-incomplete',
    ]);
  });
});
