/*
 * Serves the ledger of a folder in a process of its own, so that tests can kill it: `node serve.ts '<options as JSON>'`.
 * Prints `{rpcUrl, enginePid}` once it is ready.
 */
import { type EmbeddedLedgerOptions, startEmbeddedLedger } from '../embedded/index.ts';

const ledger = await startEmbeddedLedger(JSON.parse(process.argv[2] ?? '{}') as EmbeddedLedgerOptions);
process.stdout.write(`${JSON.stringify({ rpcUrl: ledger.rpcUrl, enginePid: ledger.enginePid })}\n`);
