import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { AnamnesisError } from '@anamnesis/protocol';
import { commandLine } from './process.ts';
import { connectLoopback, type Loopback } from './rpc.ts';

/** A running anvil, reachable by its parent only through `rpc`. */
export interface Anvil {
  readonly pid: number;
  readonly port: number;
  readonly rpc: Loopback;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  kill(): Promise<void>;
}

export interface AnvilOptions {
  /** A folder of its own; whatever is in it may be deleted. */
  readonly directory: string;
  readonly chainId: number;
  readonly genesisPath: string;
  /** Timestamp of the newest block that it starts with, in seconds. */
  readonly timestamp: number;
  /** JSON state to start from; else the genesis. */
  readonly statePath?: string;
}

const GAS_LIMIT = 100_000_000;
/** What the contracts are compiled for. Not later: from Prague on every block writes to a history contract, and anvil's time per block rises with it without end. */
const HARDFORK = 'cancun';

/** @throws AnamnesisError `ledger-engine-missing` when npm did not install anvil for this platform. */
function anvilPath(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'));
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const [system, suffix] = process.platform === 'win32' ? ['win32', '.exe'] : [process.platform, ''];
  try {
    return require.resolve(`@foundry-rs/anvil-${system}-${architecture}/bin/anvil${suffix}`);
  } catch (cause) {
    throw new AnamnesisError('ledger-engine-missing', `anvil is not installed for ${system} ${architecture}.`, {
      cause,
    });
  }
}

/** On Linux the kernel ends anvil together with us, even when we are killed; elsewhere the next start does (killStray). */
function dieWithParent(command: string, args: string[]): [string, string[]] {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  return process.platform === 'linux' && setpriv
    ? [setpriv, ['--pdeathsig', 'KILL', command, ...args]]
    : [command, args];
}

/**
 * Starts anvil on a free port of 127.0.0.1: no accounts of its own, no fees, blocks only when told, no state history on
 * disk (it would grow by gigabytes), all blocks, receipts and logs kept.
 *
 * @throws AnamnesisError `ledger-engine-failed` when it ends before it listens; its output is in the message.
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  await mkdir(options.directory, { recursive: true });
  // biome-ignore format: one flag a line
  const [command, args] = dieWithParent(anvilPath(), [
    '--host', '127.0.0.1', '--port', '0', '--no-cors', '--no-request-size-limit',
    '--accounts', '0', '--chain-id', String(options.chainId), '--timestamp', String(options.timestamp),
    '--no-mining', '--gas-limit', String(GAS_LIMIT), '--hardfork', HARDFORK, '--disable-default-create2-deployer',
    '--base-fee', '0', '--gas-price', '0', '--disable-min-priority-fee',
    '--prune-history', '16', '--cache-path', options.directory,
    ...(options.statePath ? ['--load-state', options.statePath] : ['--init', options.genesisPath]),
  ]);
  // Neither our environment nor the user's ~/.foundry reaches it.
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { HOME: options.directory } });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const port = await listeningPort(child, ended);
    const pid = child.pid ?? 0;
    await writeFile(pidPath(options.directory), String(pid));
    const rpc = connectLoopback(port);
    void ended.then(() => rpc.close());
    await rpc.call('anvil_setLoggingEnabled', [false]);
    return { pid, port, rpc, ended, kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function listeningPort(child: ChildProcess, ended: Promise<void>): Promise<number> {
  let output = '';
  const port = new Promise<number>((resolve) => {
    const read = (chunk: Buffer) => {
      // Both pipes must be drained for as long as it lives; only the beginning is of interest.
      if (output.length > 20_000) return;
      output += chunk.toString('utf8');
      const match = /Listening on [^\s:]+:(\d+)/.exec(output);
      if (match) resolve(Number(match[1]));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
  const found = await Promise.race([port, ended]);
  if (found) return found;
  throw new AnamnesisError('ledger-engine-failed', `anvil did not start: ${output.trim().slice(-500)}`);
}

const pidPath = (directory: string) => `${directory}.pid`;

/** Ends an anvil that a killed parent has left behind in this folder, and only that: its command line must name the folder. */
export async function killStray(directory: string): Promise<void> {
  const pid = Number(await readFile(pidPath(directory), 'utf8').catch(() => '0'));
  const command = pid > 1 ? commandLine(pid) : null;
  if (command?.includes('anvil') && command.includes(`--cache-path ${directory}`)) {
    process.kill(pid, 'SIGKILL');
    for (let waited = 0; commandLine(pid) && waited < 2_000; waited += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  await rm(pidPath(directory), { force: true });
  await rm(directory, { recursive: true, force: true });
}
