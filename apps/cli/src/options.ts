import { readFile, writeFile } from 'node:fs/promises';
import { AnamnesisError, parseJson } from '@anamnesis/protocol';
import {
  type Client,
  checkDeployment,
  connect,
  createClient,
  type Deployment,
  getStatus,
  openTrustedLedger,
  type TrustedLedger,
} from '@anamnesis/sdk';
import { InvalidArgumentError } from 'commander';
import type { Context } from './command.ts';

/** A mistake of the person who typed the command. */
export function usage(message: string): AnamnesisError {
  return new AnamnesisError('usage', message);
}

/** The address of the one node that a command talks to. */
export function nodeOf(context: Context, option: string | undefined): string {
  const node = option ?? context.environment.node;
  if (node === undefined) throw usage('which node? Give --node URL or set ANAMNESIS_NODE');
  return node;
}

/** The bearer token, from a file or the environment; undefined when there is none. */
export async function tokenOf(context: Context, tokenFile: string | undefined): Promise<string | undefined> {
  const file = tokenFile ?? (context.environment.token === undefined ? context.environment.tokenFile : undefined);
  return file === undefined ? context.environment.token : (await readText(file)).trim();
}

/** A client with the token of staff or of a program. Throws `unauthorized` when there is none. */
export async function staffClient(
  context: Context,
  options: { node?: string | undefined; tokenFile?: string | undefined },
): Promise<Client> {
  const token = await tokenOf(context, options.tokenFile);
  if (token === undefined) {
    throw new AnamnesisError('unauthorized', 'not signed in: give --token-file FILE or set ANAMNESIS_TOKEN');
  }
  return createClient({ baseUrl: nodeOf(context, options.node), token });
}

/** The deployment that a file tells: the person's own knowledge of which contracts are meant. */
export async function readDeployment(file: string): Promise<Deployment> {
  const text = await readText(file);
  try {
    return checkDeployment(parseJson(text));
  } catch (cause) {
    throw new AnamnesisError('usage', `${file} does not tell contracts: ${(cause as Error).message}`, { cause });
  }
}

/** The ledger to verify against, and where its contract addresses come from. */
export async function ledgerOf(
  context: Context,
  options: { rpc?: readonly string[] | undefined; deployment?: string | undefined },
  nodes: readonly string[],
): Promise<{ ledger: TrustedLedger; deployment: Deployment; pinned: boolean }> {
  const rpcUrls = options.rpc?.length ? options.rpc : context.environment.rpc;
  if (rpcUrls.length === 0) throw usage('which ledger? Give --rpc URL or set ANAMNESIS_RPC');
  const file = options.deployment ?? context.environment.deployment;
  const deployment = file === undefined ? await toldByNodes(nodes, context.signal) : await readDeployment(file);
  return { ledger: await openTrustedLedger({ rpcUrls, deployment }), deployment, pinned: file !== undefined };
}

/** Without a file, all nodes asked must name the same contracts: one honest node among them is then enough. */
async function toldByNodes(nodes: readonly string[], signal: AbortSignal): Promise<Deployment> {
  if (nodes.length === 0) throw usage('which contracts? Give --deployment FILE or a --node that tells');
  const told = await Promise.all(
    nodes.map(async (node) => (await getStatus(connect({ baseUrl: node }), { signal })).deployment),
  );
  const [first, ...others] = told.map((value) => checkDeployment(value));
  if (first === undefined) throw usage('which contracts? Give --deployment FILE');
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) {
    throw new AnamnesisError('verification-failed', 'the nodes name different contracts: give --deployment FILE');
  }
  return first;
}

/** Commander's parser for an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',').filter((part) => part !== '')];
}

/** Commander's parser for a whole number from `low` up. */
export function wholeNumber(low: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < low || value.trim() === '') {
      throw new InvalidArgumentError(`a whole number from ${low} is needed`);
    }
    return number;
  };
}

/** Commander's parser for a length of time such as 15m, 24h, 90d, 2w or 1y; in seconds. */
export function lengthOfTime(value: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})(m|h|d|w|y)$/.exec(value) ?? [];
  const seconds = { m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 }[unit];
  if (seconds === undefined || Number(number) === 0) {
    throw new InvalidArgumentError('a length of time such as 24h, 90d or 1y is needed');
  }
  return Number(number) * seconds;
}

/** Commander's parser for a day such as 2025-03-31; seconds since 1970 at its beginning (UTC). */
export function day(value: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('a day such as 2025-03-31 is needed');
  return time / 1000;
}

/** The text of a file. Throws `usage` with the file's name when it cannot be read. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AnamnesisError('usage', `cannot read ${file}: ${(cause as NodeJS.ErrnoException).code ?? 'failed'}`, {
      cause,
    });
  }
}

/** Writes a file that only its owner reads. Throws `usage` with the file's name when it cannot be written. */
export async function writeText(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new AnamnesisError('usage', `cannot write ${file}: ${(cause as NodeJS.ErrnoException).code ?? 'failed'}`, {
      cause,
    });
  }
}
