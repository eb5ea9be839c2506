import { connect, getStatus, type NodeRollback } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { nodeOf, staffClient, usage } from '../options.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: string;
  readonly tokenFile?: string;
  readonly goOnWithout?: string;
  readonly reason?: string;
}

const EXAMPLES = `Examples:
  anamnesis rollback --node http://127.0.0.1:8101                 what the node says about its own logs
  anamnesis rollback --node http://127.0.0.1:8101 --token-file operator.token --go-on-without 0x… --reason "…"

A node whose database is not the one that was sealed answers nothing. Restore the right backup and start it again: then nothing has to be decided.
Only where what is missing is lost: go on without it. That is written down for good, and everybody sees it.

`;

/** `anamnesis rollback`: what a node found about itself, and an operator's decision. Exit code 8 while it is rolled back. */
export function rollbackCommand(program: Command, perform: Perform): void {
  program
    .command('rollback')
    .description('a node whose database was set back: look, decide')
    .addHelpText('before', EXAMPLES)
    .option('--node <url>', 'the node')
    .option('--token-file <file>', 'file with the token of an operator')
    .option('--go-on-without <root>', 'the root of the checkpoint that the log falls short of')
    .option('--reason <text>', 'why; everybody will read it')
    .action((options: Options) => perform((context) => rollback(context, options)));
}

async function rollback(context: Context, options: Options): Promise<Outcome> {
  const { goOnWithout: postedRoot, reason } = options;
  const { signal } = context;
  if (postedRoot === undefined) {
    const status = await getStatus(connect({ baseUrl: nodeOf(context, options.node) }), { signal });
    const { rolledBack } = status.sealing as { rolledBack: NodeRollback | null };
    return told({ rolledBack, decisions: status.decisions }, rolledBack);
  }
  if (reason === undefined) throw usage('why? Give --reason TEXT: it stands in the access log and in the status');
  const client = await staffClient(context, options);
  const outcome = await client.decideRollback({ postedRoot, reason }, { signal });
  return told({ ...outcome }, outcome.rolledBack);
}

function told(result: Record<string, unknown>, rolledBack: NodeRollback | null): Outcome {
  if (rolledBack === null) return { result, text: 'The logs are those that were sealed.' };
  const { log, posted, found, witness } = rolledBack;
  const held = witness === null ? 'the ledger holds' : `organisation ${witness} witnessed`;
  const text = [
    `The ${log} log has ${found.size} entries${found.root === null ? '' : ' of another history'}; ${held} ${posted.size}.`,
    `Restore the right backup, or: --go-on-without ${posted.root} --reason TEXT`,
  ].join('\n');
  return { result, text, exitCode: EXIT.verificationFailed };
}
