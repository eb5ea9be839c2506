import { type Address, encodeDeployData, getContractAddress, type Hex } from 'viem';
import type { Deployment } from './deployment.ts';
import {
  authorityAbi,
  authorityBytecode,
  checkpointsAbi,
  checkpointsBytecode,
  consentsAbi,
  consentsBytecode,
  councilAbi,
  councilBytecode,
  directoryAbi,
  directoryBytecode,
  subjectsAbi,
  subjectsBytecode,
} from './generated/index.ts';
import type { ChainPolicy } from './policy.ts';

/** Who rules a consortium when its contracts are new. Delays in seconds. */
export interface ConsortiumSetup {
  /** Admits, suspends, sets roles. A multi-signature wallet, say; later the Council contract. */
  readonly council: Address;
  /** Cancels what the council has scheduled, and pauses. */
  readonly guardian: Address;
  /** Between scheduling and execution of what the council does; suspending an organisation never waits. */
  readonly councilDelay: number;
  /** The same for changes of roles and delays. */
  readonly adminDelay: number;
}

/** Two days for the council's acts, five for changes of its own rules: time to notice, and for the guardian to cancel. */
export const DEFAULT_DELAYS = { councilDelay: 2 * 86_400, adminDelay: 5 * 86_400 } as const;

/** The set-up with what was not chosen: `account` in every role; delays of days, on the embedded ledger none. */
export function setupWith(
  policy: Pick<ChainPolicy, 'name'>,
  account: Address,
  chosen: Partial<ConsortiumSetup> = {},
): ConsortiumSetup {
  const delays = policy.name === 'embedded' ? { councilDelay: 0, adminDelay: 0 } : DEFAULT_DELAYS;
  const council = chosen.council ?? account;
  return { council, guardian: chosen.guardian ?? council, ...delays, ...chosen };
}

/** A contract of ours by its name in a deployment. */
export type ContractName = Exclude<keyof Deployment, 'chainId' | 'block'>;

/** The addresses of all contracts. */
export type ContractAddresses = Pick<Deployment, ContractName>;

/** All contracts in the order of their creation. */
export const CONTRACT_NAMES = [
  'authority',
  'directory',
  'subjects',
  'consents',
  'checkpoints',
  'council',
] as const satisfies readonly ContractName[];

/** Where the contracts will be when `account` creates them in order, the first with this nonce. */
export function predictAddresses(account: Address, firstNonce: number): ContractAddresses {
  const place = (name: ContractName) =>
    getContractAddress({ from: account, nonce: BigInt(firstNonce + CONTRACT_NAMES.indexOf(name)) });
  return {
    authority: place('authority'),
    directory: place('directory'),
    subjects: place('subjects'),
    consents: place('consents'),
    checkpoints: place('checkpoints'),
    council: place('council'),
  };
}

/**
 * Creation code and constructor arguments of every contract. The Authority is told the Directory's place before there is
 * one, so that roles and delays are in force from its first block on and no deployer keeps a right.
 */
export function creationCode(at: ContractAddresses, setup: ConsortiumSetup): Record<ContractName, Hex> {
  const { authority, directory, subjects } = at;
  return {
    authority: encodeDeployData({ abi: authorityAbi, bytecode: authorityBytecode, args: [{ ...setup, directory }] }),
    directory: encodeDeployData({ abi: directoryAbi, bytecode: directoryBytecode, args: [authority] }),
    subjects: encodeDeployData({ abi: subjectsAbi, bytecode: subjectsBytecode }),
    consents: encodeDeployData({ abi: consentsAbi, bytecode: consentsBytecode, args: [subjects, directory] }),
    checkpoints: encodeDeployData({ abi: checkpointsAbi, bytecode: checkpointsBytecode, args: [directory] }),
    council: encodeDeployData({ abi: councilAbi, bytecode: councilBytecode, args: [authority, directory] }),
  };
}
