import { AnamnesisError } from '@anamnesis/protocol';
import { connect, getLog, getProfile, getStatus, type NodeStatus } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT, exitCodeOf } from '../exitCodes.ts';
import { collect, ledgerOf, usage } from '../options.ts';
import { table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: readonly string[];
  readonly rpc?: readonly string[];
  readonly deployment?: string;
}

const EXAMPLES = `Examples:
  anamnesis status --node http://127.0.0.1:8101 --node http://127.0.0.1:8102
  anamnesis status --rpc http://127.0.0.1:8545 --deployment deployment.json     every node of the Directory

`;

/** `anamnesis status`: is everything up, and how much is not yet sealed. */
export function statusCommand(program: Command, perform: Perform): void {
  program
    .command('status')
    .description('how the ledger and the nodes are')
    .addHelpText('before', EXAMPLES)
    .option('--node <url>', 'node to ask; again for more', collect)
    .option('--rpc <url>', 'ledger; again for more', collect)
    .option('--deployment <file>', 'contracts of the ledger')
    .action((options: Options) => perform((context) => status(context, options)));
}

interface NodeRow {
  readonly node: string;
  readonly up: boolean;
  readonly organization: number | null;
  readonly name: string | null;
  readonly records: number | null;
  readonly accesses: number | null;
  /** Leaves of both logs that no checkpoint covers yet. */
  readonly unsealed: number | null;
  readonly error: string | null;
  readonly status: NodeStatus | null;
}

async function status(context: Context, options: Options): Promise<Outcome> {
  let nodes = options.node?.length ? options.node : context.environment.node ? [context.environment.node] : [];
  const asksLedger = (options.rpc?.length ?? context.environment.rpc.length) > 0;
  if (nodes.length === 0 && !asksLedger) throw usage('of what? Give --node URL or --rpc URL');
  let exitCode: number = EXIT.ok;
  let ledgerRow: Record<string, unknown> | null = null;
  if (asksLedger) {
    try {
      const { ledger } = await ledgerOf(context, options, nodes);
      const organizations = await ledger.organizations();
      ledgerRow = { up: true, chainId: ledger.chainId, organizations: organizations.length };
      if (nodes.length === 0) {
        nodes = organizations.flatMap(({ active, profileUrl }) =>
          active && profileUrl ? [profileUrl.slice(0, profileUrl.lastIndexOf('/.well-known/'))] : [],
        );
      }
    } catch (error) {
      if (!(error instanceof AnamnesisError) || error.code === 'usage') throw error;
      ledgerRow = { up: false, error: error.message };
      exitCode = exitCodeOf(error);
    }
  }
  const rows = await Promise.all(nodes.map((node) => ask(node, context.signal)));
  if (rows.some((row) => !row.up)) exitCode = EXIT.network;
  const { paint } = context.console;
  const state = (up: boolean): string => (up ? paint('green', 'up') : paint('red', 'DOWN'));
  const text = [
    ...(ledgerRow
      ? [
          `ledger ${state(ledgerRow.up === true)}${ledgerRow.up ? `, chain ${ledgerRow.chainId}, ${ledgerRow.organizations} organisations` : `: ${ledgerRow.error}`}`,
          '',
        ]
      : []),
    table([
      ['node', 'organisation', 'records', 'accesses', 'unsealed', 'state'],
      ...rows.map((row) => [
        row.node,
        row.name === null ? '' : `${row.organization} ${row.name}`,
        String(row.records ?? ''),
        String(row.accesses ?? ''),
        String(row.unsealed ?? ''),
        row.up ? state(true) : `${state(false)}: ${row.error}`,
      ]),
    ]),
  ].join('\n');
  return { result: { ledger: ledgerRow, nodes: rows }, text, exitCode };
}

async function ask(node: string, signal: AbortSignal): Promise<NodeRow> {
  const connection = connect({ baseUrl: node, timeout: 10_000 });
  try {
    const [told, { profile }, records, accesses] = await Promise.all([
      getStatus(connection, { signal }),
      getProfile(connection, { signal }),
      getLog(connection, 'records', { signal }),
      getLog(connection, 'access', { signal }),
    ]);
    const unsealed = [records, accesses].reduce((sum, log) => sum + log.size - (log.checkpoint?.size ?? 0), 0);
    return {
      node,
      up: true,
      organization: told.organization,
      name: profile.organization.name,
      records: records.size,
      accesses: accesses.size,
      unsealed,
      error: null,
      status: told,
    };
  } catch (error) {
    if (!(error instanceof AnamnesisError) || error.code === 'cancelled') throw error;
    const none = { organization: null, name: null, records: null, accesses: null, unsealed: null, status: null };
    return { node, up: false, ...none, error: error.message };
  }
}
