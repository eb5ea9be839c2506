import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSeed, subjectAccount } from '@anamnesis/crypto';
import {
  admit,
  type Call,
  chainPolicy,
  connectLedger,
  deployContracts,
  type LedgerReader,
  post,
  setProfile,
  startEmbeddedLedger,
} from '@anamnesis/ledger';
import { maskOf, ROLES } from '@anamnesis/protocol';
import { createPublicClient, http, zeroHash } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCheckpoints } from './checkpoints.ts';
import { openTrustedLedger } from './openTrustedLedger.ts';
import { ledgerWitness } from './posted.ts';

/** A ledger with one organisation, and what sends to it. */
async function consortium() {
  const directory = await mkdtemp(join(tmpdir(), 'anamnesis-sdk-'));
  const embedded = await startEmbeddedLedger({ directory, log: () => undefined });
  onTestFinished(async () => {
    await embedded.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const { rpcUrl, chainId, deployer } = embedded;
  const policy = chainPolicy('embedded');
  const client = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
  const deployment = await deployContracts({ client, chainId, policy, account: deployer, firstNonce: 0 });
  const reader: LedgerReader = connectLedger({ rpcUrls: [rpcUrl], chainId, policy, deployment });
  const send = async (account: PrivateKeyAccount, call: Call): Promise<void> => {
    const nonce = await client.getTransactionCount({ address: account.address });
    const fields = { type: 'legacy', chainId, nonce, gasPrice: 0n, gas: 2_000_000n, ...call } as const;
    const serializedTransaction = await account.signTransaction(fields);
    const hash = await client.sendRawTransaction({ serializedTransaction });
    expect((await client.getTransactionReceipt({ hash })).status).toBe('success');
  };
  const operator = privateKeyToAccount(generatePrivateKey());
  await send(
    deployer,
    admit(deployment, {
      roles: maskOf(ROLES, ['provider']),
      jurisdiction: 826,
      operator: operator.address,
      operatorUntil: Math.floor(Date.now() / 1000) + 86_400,
      profileHash: zeroHash,
      profileUrl: 'https://old.example/.well-known/anamnesis',
    }),
  );
  return { rpcUrl, deployment, reader, send, operator };
}

describe('openTrustedLedger', () => {
  test('default: Directory, checkpoints and subjects from a real ledger', async () => {
    const { rpcUrl, deployment, send, operator } = await consortium();
    const profileUrl = 'https://aldhelm.example/.well-known/anamnesis';
    const profileHash = `0x${'7'.repeat(64)}` as const;
    await send(operator, setProfile(deployment, { profileHash, profileUrl }));
    const ledger = await openTrustedLedger({ rpcUrls: [rpcUrl], deployment, policy: chainPolicy('embedded') });
    expect(await ledger.organizations()).toEqual([{ id: 1, active: true, profileHash, profileUrl }]);
    expect(await ledger.organization(2)).toBeNull();

    const of = { organization: 1, log: 'records' } as const;
    expect(await readCheckpoints(ledger, of)).toEqual({ checkpoints: [], failures: [] });
    const roots = [`0x${'a1'.repeat(32)}`, `0x${'b2'.repeat(32)}`] as const;
    await send(operator, post(deployment, { log: 'records', root: roots[0], size: 3 }));
    await send(operator, post(deployment, { log: 'records', root: roots[1], size: 5 }));
    const { checkpoints, failures } = await readCheckpoints(ledger, of);
    expect(failures).toEqual([]);
    expect(checkpoints).toMatchObject([
      { root: roots[0], size: 3 },
      { root: roots[1], size: 5 },
    ]);
    expect(await ledger.isLast(of, checkpoints[0] ?? null)).toBe(false);
    expect(await ledger.isLast(of, null)).toBe(false);

    const { address } = operator;
    expect(await ledger.subject(address)).toMatchObject({ controller: address, epoch: 0, nonce: 0n });
    expect(await ledger.isRevoked({ subject: address, index: 4 })).toBe(false);
    const signer = subjectAccount(newSeed(), { chainId: deployment.chainId, organization: 1 });
    const digest = `0x${'5'.repeat(64)}` as const;
    const signature = await signer.sign({ hash: digest });
    expect(await ledger.isSignatureOf(signer.address, digest, signature)).toBe(true);
    expect(await ledger.isSignatureOf(address, digest, signature)).toBe(false);
  });

  test('behavior: a witness hears of checkpoints that are posted after it first looked', async () => {
    const { rpcUrl, deployment, send, operator } = await consortium();
    const ledger = await openTrustedLedger({ rpcUrls: [rpcUrl], deployment, policy: chainPolicy('embedded') });
    const witness = ledgerWitness(ledger);
    const root = `0x${'a1'.repeat(32)}` as const;
    const proof = {
      kind: 'record',
      chainId: deployment.chainId,
      checkpoints: deployment.checkpoints,
      organization: 1,
      log: 'records',
      salt: zeroHash,
      index: 0,
      size: 3,
      path: [],
      root,
      checkpoint: { root, size: 3, time: 0, block: 0 },
    } as const;
    expect(await witness.vouch(proof)).toMatchObject({ reason: 'not-on-ledger' });
    await send(operator, post(deployment, { log: 'records', root, size: 3 }));
    const [posted] = await ledger.checkpoints({ organization: 1, log: 'records' });
    expect(await witness.vouch(proof)).toMatchObject({ reason: 'other-than-ledger' });
    expect(await witness.vouch({ ...proof, checkpoint: posted ?? proof.checkpoint })).toBeNull();
  });

  test('error: nobody there, another chain, no contracts', async () => {
    const { rpcUrl, deployment } = await consortium();
    const open = (rpcUrls: string[], changes = {}) =>
      openTrustedLedger({ rpcUrls, deployment: { ...deployment, ...changes } });
    await expect(open(['http://127.0.0.1:1'])).rejects.toMatchObject({ code: 'ledger-unreachable' });
    await expect(open([rpcUrl], { chainId: 5 })).rejects.toMatchObject({ code: 'ledger-wrong-chain' });
    const nowhere = `0x${'9'.repeat(40)}`;
    await expect(open([rpcUrl], { directory: nowhere })).rejects.toMatchObject({ code: 'ledger-not-deployed' });
  });
});
