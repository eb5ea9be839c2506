import { verifyRecordProof } from '@anamnesis/protocol';
import { type AccessLogEntry, ledgerWitness, verifyRelease } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { collect, ledgerOf, wholeNumber } from '../options.ts';
import { describeAccess } from '../output/describeAccess.ts';
import { table } from '../output/table.ts';
import type { Perform } from '../run.ts';
import { type Asker, clientOf, withAsker } from './export.ts';

interface Options extends Asker {
  readonly count: number;
  readonly rpc?: readonly string[];
  readonly deployment?: string;
}

const EXAMPLES = `Examples:
  anamnesis access-log --account maria.json
  anamnesis access-log --account maria.json --rpc http://127.0.0.1:8545     and prove it

`;

/** `anamnesis access-log`: who looked, for whom, what for, by hand or by machine. */
export function accessLogCommand(program: Command, perform: Perform): void {
  withAsker(program.command('access-log').description('who looked at the records of a patient'))
    .addHelpText('before', EXAMPLES)
    .option('--count <number>', 'at most so many entries, newest first', wholeNumber(1), 50)
    .option('--rpc <url>', 'ledger, to prove each entry', collect)
    .option('--deployment <file>', 'contracts of the ledger')
    .action((options: Options) => perform((context) => accessLog(context, options)));
}

async function accessLog(context: Context, options: Options): Promise<Outcome> {
  const client = await clientOf(context, options);
  const { signal } = context;
  const entries: AccessLogEntry[] = [];
  let before: number | undefined;
  do {
    const count = Math.min(100, options.count - entries.length);
    const page = await client.getAccessLog({ patient: options.patient, count, before }, { signal });
    entries.push(...page.entries);
    before = page.next ?? undefined;
  } while (before !== undefined && entries.length < options.count);

  const asksLedger = (options.rpc?.length ?? context.environment.rpc.length) > 0;
  const failures = asksLedger ? await prove(context, options, client.baseUrl, entries) : checkAlone(entries);
  const accesses = entries.map(({ event, proof }) => ({ ...describeAccess(event), sealed: proof.checkpoint !== null }));
  const rows = accesses.map(({ at, who, organization, action, outcome, purpose, automatic, what }) => [
    at.replace('T', ' ').slice(0, 16),
    automatic ? `${who} (automatic)` : who,
    organization,
    outcome === 'success' ? action : `${action} (${outcome})`,
    purpose,
    what,
  ]);
  for (const { where, detail } of failures) context.console.warn(`${where}: ${detail}`);
  return {
    result: { entries: accesses, proven: asksLedger, failures },
    text: table([['when (UTC)', 'who', 'organisation', 'did', 'purpose', 'what'], ...rows]),
    exitCode: failures.length > 0 ? EXIT.verificationFailed : EXIT.ok,
  };
}

interface Failed {
  readonly where: string;
  readonly detail: string;
}

/** Without a ledger: each entry is at least what its proof says. */
function checkAlone(entries: readonly AccessLogEntry[]): Failed[] {
  return entries.flatMap(({ event, proof }) =>
    verifyRecordProof(proof, event, { kind: 'access' }).ok
      ? []
      : [{ where: `AuditEvent/${event.id ?? '?'}`, detail: 'its proof does not hold' }],
  );
}

async function prove(context: Context, options: Options, node: string, entries: readonly AccessLogEntry[]) {
  const { ledger } = await ledgerOf(context, options, [node]);
  const expected = { kind: 'access', chainId: ledger.chainId, checkpoints: ledger.contracts.checkpoints } as const;
  const released = entries.map(({ event, proof }) => ({ content: event, proof }));
  const failures: Failed[] = [];
  for await (const { failure } of verifyRelease(released, { expected, witness: ledgerWitness(ledger) })) {
    if (failure) failures.push(failure);
  }
  return failures;
}
