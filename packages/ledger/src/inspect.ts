import {
  type Address,
  encodeAbiParameters,
  getAbiItem,
  getContractAddress,
  type Hex,
  isAddressEqual,
  keccak256,
  type PublicClient,
  stringToBytes,
  toFunctionSelector,
} from 'viem';
import type { Deployment } from './deployment.ts';
import { ledgerError } from './errors.ts';
import { authorityAbi } from './generated/index.ts';
import { logPages } from './logs.ts';
import type { ChainPolicy } from './policy.ts';
import { CONTRACT_NAMES, type ConsortiumSetup, type ContractName, creationCode } from './setup.ts';

/** One thing about a deployment that is not as expected. */
export interface Finding {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

/** Identifiers of the roles of the Authority. */
export const AUTHORITY_ROLES = { admin: 0n, council: 1n, guardian: 2n, councilAtOnce: 3n } as const;

/** The verbs of the Directory that belong to the council, and whether they wait for its delay. */
const COUNCIL_VERBS: Readonly<Record<string, bigint>> = {
  'admit(uint16,uint16,address,uint48,bytes32,string)': AUTHORITY_ROLES.council,
  'reinstate(uint32)': AUTHORITY_ROLES.council,
  'setRoles(uint32,uint16)': AUTHORITY_ROLES.council,
  'setEmergencyQuota(uint32,uint8)': AUTHORITY_ROLES.council,
  'replaceOperator(uint32,address,uint48)': AUTHORITY_ROLES.council,
  'suspend(uint32)': AUTHORITY_ROLES.councilAtOnce,
};

/** Contracts that sign with EIP-712: their code holds the domain, and with it their place. */
const DOMAINS: Partial<Record<ContractName, string>> = {
  subjects: 'Anamnesis Subjects',
  consents: 'Anamnesis Consents',
  checkpoints: 'Anamnesis Checkpoints',
};

/** An account that nobody has a key of, from which creations are tried out. */
const TRIAL: Address = '0x000000000000000000000000000000000000a11a';

/**
 * Compares what is on the chain with these sources and a set-up: code of every contract, holders and delays of the roles,
 * whoever holds a role besides, the council's verbs. Nothing found means that nothing differs.
 *
 * @param policy How many blocks are asked for at a time.
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function inspectDeployment(
  client: PublicClient,
  deployment: Deployment,
  setup: ConsortiumSetup,
  policy: Pick<ChainPolicy, 'logPage'> = { logPage: 2_000 },
): Promise<Finding[]> {
  try {
    const code = await findCode(client, deployment, setup);
    // Without its own code the Authority cannot be asked.
    if (code.some(({ what }) => what === 'code of authority')) return code;
    const roles = await findRoles(client, deployment, setup);
    const others = await findOtherHolders(client, deployment, setup, policy);
    return [...code, ...roles, ...others, ...(await findVerbs(client, deployment))];
  } catch (error) {
    throw ledgerError(error);
  }
}

async function findCode(client: PublicClient, deployment: Deployment, setup: ConsortiumSetup): Promise<Finding[]> {
  const creation = creationCode(deployment, setup);
  const trial = getContractAddress({ from: TRIAL, nonce: 0n });
  const findings: Finding[] = [];
  for (const name of CONTRACT_NAMES) {
    const [{ data: expected = '0x' }, found = '0x'] = await Promise.all([
      client.call({ account: TRIAL, data: creation[name] }),
      client.getCode({ address: deployment[name] }),
    ]);
    const { chainId } = deployment;
    const wanted = withoutPlace(expected, trial, chainId, DOMAINS[name]);
    const given = withoutPlace(found, deployment[name], chainId, DOMAINS[name]);
    if (wanted === given) continue;
    const told = found === '0x' ? 'no contract' : keccak256(found);
    findings.push({ what: `code of ${name}`, expected: 'that of these sources', found: told });
  }
  return findings;
}

/** Code without what differs by its place: its own address, and its EIP-712 domain separator. */
function withoutPlace(code: Hex, address: Address, chainId: number, domain: string | undefined): string {
  const bare = code.toLowerCase().replaceAll(address.slice(2).toLowerCase(), '<address>');
  if (domain === undefined) return bare;
  const type = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
  const hash = (text: string) => keccak256(stringToBytes(text));
  const separator = keccak256(
    encodeAbiParameters(
      [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }, { type: 'uint256' }, { type: 'address' }],
      [hash(type), hash(domain), hash('1'), BigInt(chainId), address],
    ),
  );
  return bare.replaceAll(separator.slice(2), '<domain>');
}

/** Name, number, holder and delay of every role. */
function expectedRoles({ council, guardian, councilDelay, adminDelay }: ConsortiumSetup) {
  return [
    ['ADMIN', AUTHORITY_ROLES.admin, council, adminDelay],
    ['COUNCIL', AUTHORITY_ROLES.council, council, councilDelay],
    ['COUNCIL_AT_ONCE', AUTHORITY_ROLES.councilAtOnce, council, 0],
    ['GUARDIAN', AUTHORITY_ROLES.guardian, guardian, 0],
  ] as const;
}

/** Whoever was given a role since the beginning, holds it still (or will), and should not. */
async function findOtherHolders(
  client: PublicClient,
  { authority, block }: Deployment,
  setup: ConsortiumSetup,
  policy: Pick<ChainPolicy, 'logPage'>,
): Promise<Finding[]> {
  const event = getAbiItem({ abi: authorityAbi, name: 'RoleGranted' });
  const expected = expectedRoles(setup);
  const given = new Map<string, { readonly role: bigint; readonly holder: Address }>();
  const newest = Number(await client.getBlockNumber());
  const pages = logPages({ policy }, block, newest, (from, to) =>
    client.getLogs({ address: authority, event, fromBlock: BigInt(from), toBlock: BigInt(to), strict: true }),
  );
  for await (const logs of pages) {
    for (const { args } of logs)
      given.set(`${args.roleId}/${args.account}`, { role: args.roleId, holder: args.account });
  }
  const findings: Finding[] = [];
  for (const { role, holder } of given.values()) {
    if (expected.some(([, known, account]) => known === role && isAddressEqual(account, holder))) continue;
    const args = [role, holder] as const;
    const [since] = await client.readContract({
      address: authority,
      abi: authorityAbi,
      functionName: 'getAccess',
      args,
    });
    if (since === 0) continue;
    const label = expected.find(([, known]) => known === role)?.[0] ?? String(role);
    findings.push({ what: `role ${label}`, expected: 'nobody besides', found: `${holder} holds it too` });
  }
  return findings;
}

async function findRoles(client: PublicClient, { authority }: Deployment, setup: ConsortiumSetup): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [label, role, holder, delay] of expectedRoles(setup)) {
    const args = [role, holder] as const;
    const asked = { address: authority, abi: authorityAbi, functionName: 'hasRole', args } as const;
    const [member, found] = await client.readContract(asked);
    const say = (seconds: number) => `${holder} with a delay of ${seconds} s`;
    if (!member) findings.push({ what: `role ${label}`, expected: say(delay), found: `${holder} does not hold it` });
    else if (found !== delay) findings.push({ what: `role ${label}`, expected: say(delay), found: say(found) });
  }
  return findings;
}

async function findVerbs(client: PublicClient, { authority, directory }: Deployment): Promise<Finding[]> {
  const findings: Finding[] = [];
  const asked = { address: authority, abi: authorityAbi } as const;
  for (const [verb, role] of Object.entries(COUNCIL_VERBS)) {
    const args = [directory, toFunctionSelector(verb)] as const;
    const found = await client.readContract({ ...asked, functionName: 'getTargetFunctionRole', args });
    if (found !== role) {
      findings.push({ what: `who may call Directory.${verb}`, expected: `role ${role}`, found: `role ${found}` });
    }
  }
  if (await client.readContract({ ...asked, functionName: 'isTargetClosed', args: [directory] })) {
    findings.push({ what: 'the Directory', expected: 'open to the council', found: 'closed' });
  }
  return findings;
}
