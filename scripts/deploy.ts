/**
 * Deploys the contracts of a consortium and writes where they are, or prints what would be done.
 *
 *     node scripts/deploy.ts --rpc URL --dry-run [options]
 *     node scripts/deploy.ts --rpc URL [options]
 *
 *     --policy NAME          embedded, besu-qbft (default), ethereum-pos, clique
 *     --council ADDRESS      who admits and suspends; default the deploying account
 *     --guardian ADDRESS     who cancels and pauses; default the council
 *     --council-delay SECONDS, --admin-delay SECONDS
 *     --out FILE             default contracts/deployments/<chainId>.json
 *     --from ADDRESS         for a dry run without the key
 *     --first-nonce NUMBER   goes on with a deployment that was broken off, with the number that it printed
 *
 * The deploying key is read from ANAMNESIS_DEPLOYER_KEY and never printed. Where the file exists, nothing is deployed: what
 * is on the chain is compared with these sources and this set-up, and the exit code is 1 if anything differs.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createPublicClient, type Hex, http, isAddress, keccak256 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import {
  CONTRACT_NAMES,
  type ConsortiumSetup,
  chainPolicy,
  creationCode,
  deployContracts,
  inspectDeployment,
  ledgerError,
  predictAddresses,
  readDeployment,
  sayError,
  setupWith,
  writeDeployment,
} from '../packages/ledger/src/index.ts';

const OPTIONS = {
  rpc: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  policy: { type: 'string', default: 'besu-qbft' },
  council: { type: 'string' },
  guardian: { type: 'string' },
  'council-delay': { type: 'string' },
  'admin-delay': { type: 'string' },
  out: { type: 'string' },
  from: { type: 'string' },
  'first-nonce': { type: 'string' },
} as const;

/** Ends the process: what was asked for cannot be done. */
function stop(message: string): never {
  console.error(message);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return stop((error as Error).message);
  }
}

const values = readOptions();

function address(name: 'council' | 'guardian' | 'from') {
  const value = values[name];
  if (value !== undefined && !isAddress(value)) stop(`--${name} must be an address`);
  return value;
}

function whole(name: 'council-delay' | 'admin-delay' | 'first-nonce'): number | undefined {
  const value = values[name];
  if (value !== undefined && !/^\d{1,9}$/.test(value)) stop(`--${name} must be a whole number`);
  return value === undefined ? undefined : Number(value);
}

/** The deploying account; undefined without a key. */
function deployer() {
  const key = process.env.ANAMNESIS_DEPLOYER_KEY;
  if (key === undefined) return undefined;
  // The error of a malformed key would quote it.
  if (!/^0x[0-9a-fA-F]{64}$/.test(key)) stop('ANAMNESIS_DEPLOYER_KEY must be 32 bytes in hexadecimal after 0x');
  try {
    return privateKeyToAccount(key as Hex);
  } catch {
    return stop('ANAMNESIS_DEPLOYER_KEY is not a private key');
  }
}

function printSetup(setup: ConsortiumSetup): void {
  console.log('roles');
  console.log(`  ADMIN            ${setup.council}  delay ${setup.adminDelay} s`);
  console.log(`  COUNCIL          ${setup.council}  delay ${setup.councilDelay} s`);
  console.log(`  COUNCIL_AT_ONCE  ${setup.council}  delay 0 s`);
  console.log(`  GUARDIAN         ${setup.guardian}  delay 0 s`);
  if (setup.guardian === setup.council) console.log('  note: the guardian watches over itself; name another account');
}

async function main(): Promise<void> {
  const { rpc } = values;
  if (rpc === undefined)
    stop('usage: node scripts/deploy.ts --rpc URL [--dry-run] [options], see the head of this file');
  const policy = chainPolicy(values.policy);
  const client = createPublicClient({ transport: http(rpc), cacheTime: 0 });
  const chainId = await client.getChainId();
  const out = resolve(values.out ?? resolve(import.meta.dirname, `../contracts/deployments/${chainId}.json`));
  const account = deployer();
  const from = account?.address ?? address('from');
  if (from === undefined) stop('set ANAMNESIS_DEPLOYER_KEY, or name an account with --from for a dry run');

  const given = {
    council: address('council'),
    guardian: address('guardian'),
    councilDelay: whole('council-delay'),
    adminDelay: whole('admin-delay'),
  };
  const chosen: Partial<ConsortiumSetup> = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const setup = setupWith(policy, from, chosen);
  const existing = await readDeployment(out);

  console.log(`chain ${chainId}, policy ${policy.name}, deploying account ${from}`);
  if (existing !== null) {
    console.log(`deployed already, see ${out}`);
    const findings = await inspectDeployment(client, existing, setup, policy);
    for (const { what, expected, found } of findings) {
      console.log(`differs  ${what}\n         expected ${expected}\n         found    ${found}`);
    }
    console.log(findings.length === 0 ? 'nothing differs' : `${findings.length} differ`);
    if (findings.length > 0) process.exitCode = 1;
  } else {
    const firstNonce = whole('first-nonce') ?? (await client.getTransactionCount({ address: from }));
    const places = predictAddresses(from, firstNonce);
    const code = creationCode(places, setup);
    console.log('contracts to create');
    for (const name of CONTRACT_NAMES) {
      console.log(`  ${name.padEnd(12)} ${places[name]}  creation code ${keccak256(code[name])}`);
    }
    printSetup(setup);
    if (values['dry-run']) {
      console.log(`dry run: nothing was sent, ${out} was not written`);
    } else {
      if (account === undefined) stop('deploying needs ANAMNESIS_DEPLOYER_KEY');
      console.log(`if this breaks off, run it again with --first-nonce ${firstNonce}`);
      const deployment = await deployContracts({ client, chainId, policy, account, firstNonce, setup });
      await mkdir(dirname(out), { recursive: true });
      await writeDeployment(out, deployment);
      console.log(`deployed; written to ${out}`);
    }
  }
}

await main().catch((error: unknown) => {
  // A file that cannot be written says so itself; everything else is about the ledger.
  stop(error instanceof Error && 'syscall' in error ? error.message : sayError(ledgerError(error)));
});
