import { expect, test } from 'vitest';
import { assertProductionLedger, finalizedBlock } from './client.ts';
import { chainPolicy } from './policy.ts';
import { startBareEngine } from './testing/engine.ts';

test('default: a policy for each kind of chain', () => {
  expect(chainPolicy('besu-qbft')).toMatchObject({ finality: 'immediate', fees: 'zero' });
  expect(chainPolicy('ethereum-pos')).toMatchObject({ finality: 'tag', fees: 'eip1559' });
  expect(chainPolicy('clique')).toMatchObject({ finality: { depth: 12 }, fees: 'legacy' });
});

test('error: an unknown policy', () => {
  expect(() => chainPolicy('toString')).toThrow(expect.objectContaining({ code: 'unknown-chain-policy' }));
});

test('behavior: finality by policy; a development engine is never for production', async () => {
  const { reader, call } = await startBareEngine({ name: 'besu-qbft' });
  await call('anvil_mine', '0x20');
  const newest = Number(await reader.client.getBlockNumber());
  const withFinality = (finality: 'immediate' | 'tag' | { depth: number }) =>
    finalizedBlock({ ...reader, policy: { ...reader.policy, finality } });
  expect(await withFinality('immediate')).toBe(newest);
  expect(await withFinality({ depth: 12 })).toBe(newest - 12);
  expect(await withFinality({ depth: 1_000 })).toBe(-1);
  expect(await withFinality('tag')).toBeLessThan(newest);
  await expect(assertProductionLedger(reader)).rejects.toMatchObject({ code: 'embedded-ledger-in-production' });
});
