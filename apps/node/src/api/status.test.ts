import { checkpointTypedData, listCheckpoints, recordOtherThanPosted } from '@anamnesis/ledger';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestPGlite } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { admitOrganization, type Identity, random32, startWorld, type World } from '../testing/world.ts';

describe('/api/v1/status', () => {
  let world: World;
  let who: Identity;
  let node: HttpNode;

  beforeAll(async () => {
    world = await startWorld();
    who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    node = await startHttpNode(world, who, await openTestPGlite());
  }, 60_000);
  afterAll(async () => {
    await node.stop();
    await world.stop();
  }, 60_000);

  const status = async () => (await fetch(`${node.url}/api/v1/status`)).json();

  test('default: a node whose logs nobody contradicts accuses nobody', async () => {
    expect(await status()).toMatchObject({ organization: 1, accused: [], sealing: { rolledBack: null } });
  });

  test('behavior: a log that was shown to contradict itself stands there, though it is our own, and stays', async () => {
    const { reader } = world;
    const log = { organization: 1, log: 'records' } as const;
    await node.send('POST', '/Patient', { body: { resourceType: 'Patient', active: true } });
    await node.checkpoints.sealNow();
    const [posted] = await listCheckpoints(reader, log);
    const size = posted?.size ?? 0;
    expect(size).toBeGreaterThan(0);

    // The operator signs another root for the size that it posted: to show one log to one, and another to others.
    const root = random32();
    const signature = await who.operator.signTypedData(checkpointTypedData({ ...log, root, size }, reader.deployment));
    const anyone = privateKeyToAccount(random32());
    await world.send(anyone, recordOtherThanPosted(reader.deployment, { ...log, signed: { root, size, signature } }));
    await node.context.directory.sync();
    const accusation = { organization: 1, stream: 0, contradiction: 'other-than-posted', time: expect.any(Number) };
    expect(await status()).toMatchObject({ accused: [accusation] });

    await node.send('POST', '/Patient', { body: { resourceType: 'Patient', active: true } });
    await node.checkpoints.sealNow();
    expect(await listCheckpoints(reader, log)).toHaveLength(2);
    await node.context.directory.sync();
    expect(await status()).toMatchObject({ accused: [accusation] });
  });
});
