import { AnamnesisError, type ConsentTerms, consentDomain, subjectsDomain } from '@anamnesis/protocol';
import { type Client, createClient, type Relation } from '@anamnesis/sdk';
import type { Command } from 'commander';
import { openAccount, relationAt, subjectOf } from '../account/openAccount.ts';
import type { Context, Outcome } from '../command.ts';
import { collect, ledgerOf, usage, wholeNumber } from '../options.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly account: string;
  readonly passphraseFile?: string;
  readonly node?: string;
  readonly index?: number;
  readonly to?: number;
  readonly all?: boolean;
  readonly again?: boolean;
  readonly rpc?: readonly string[];
  readonly deployment?: string;
}

const EXAMPLES = `Examples:
  anamnesis revoke --account maria.json --index 2918442021
  anamnesis revoke --account maria.json --to 2          every consent for organisation 2
  anamnesis revoke --account maria.json --all --rpc http://127.0.0.1:8545

`;

/** `anamnesis revoke`: refusing stops the next read. It cannot take back what was read. */
export function revokeCommand(program: Command, perform: Perform): void {
  program
    .command('revoke')
    .description('refuse a consent: stops all future reads under it')
    .addHelpText('before', EXAMPLES)
    .requiredOption('--account <file>', 'account file')
    .option('--passphrase-file <file>', 'file with the passphrase; without it, it is asked for')
    .option('--node <url>', 'node of the organisation that holds the records')
    .option('--index <number>', 'number of the consent', wholeNumber(0))
    .option('--to <organisation>', 'every consent for this organisation (number in the Directory)', wholeNumber(1))
    .option('--all', 'every consent so far, at once (needs --rpc)')
    .option('--again', 'with --all: even when no consent is known to stand')
    .option('--rpc <url>', 'ledger', collect)
    .option('--deployment <file>', 'contracts of the ledger')
    .action((options: Options) => perform((context) => revoke(context, options)));
}

async function revoke(context: Context, options: Options): Promise<Outcome> {
  const { signal } = context;
  const chosen = [options.index, options.to, options.all].filter((option) => option !== undefined);
  if (chosen.length !== 1) throw usage('which consent? Give one of --index, --to and --all');
  const account = await openAccount(context, options.account, options);
  const relation = relationAt(account, options.node);
  const subject = subjectOf(account, relation);
  const signer = account.signer(relation);
  const session = { signer, organization: relation.organization, chainId: relation.chainId, subject };
  const client = createClient({ baseUrl: relation.node, session });
  if (options.all) {
    const { ledger } = await ledgerOf(context, options, [relation.node]);
    const { nonce, epoch } = await ledger.subject(subject);
    if (!options.again && epoch > 0 && !(await stands(client, relation, subject, epoch, signal))) {
      await account.keep({ ...relation, epoch });
      return {
        result: { all: true, organization: relation.organization, changed: false },
        text: `No consent stands at ${relation.name}: nothing was left to refuse. (--again refuses all the same.)`,
      };
    }
    const domain = subjectsDomain(relation.chainId, relation.contracts.subjects);
    const deadline = Math.floor(Date.now() / 1000) + 86_400;
    await client.revokeAllConsents({ subject, nonce, deadline, domain, signer }, { signal });
    await account.keep({ ...relation, epoch: epoch + 1 });
    return {
      result: { all: true, organization: relation.organization, changed: true },
      text: `Every consent at ${relation.name} is refused.`,
    };
  }
  const indexes =
    options.index !== undefined
      ? [options.index]
      : relation.consents.filter(({ terms }) => terms.grantee === options.to).map(({ terms }) => terms.index);
  if (indexes.length === 0)
    throw new AnamnesisError('not-found', `the account has no consent for organisation ${options.to}`);
  for (const index of indexes) {
    if (!relation.consents.some(({ terms }) => terms.index === index))
      context.console.warn(`note: the account knows no consent ${index}; it is refused all the same`);
  }
  const domain = consentDomain(relation.chainId, relation.contracts.consents);
  for (const index of indexes) await client.revokeConsent({ subject, index, domain, signer }, { signal });
  return {
    result: { revoked: indexes, organization: relation.organization },
    text: `Refused at ${relation.name}: consent ${indexes.join(', ')}. What was read before was read.`,
  };
}

/** Whether the account or the node knows a consent that may still be read under. */
async function stands(
  client: Client,
  relation: Relation,
  subject: ConsentTerms['subject'],
  epoch: number,
  signal: AbortSignal,
): Promise<boolean> {
  const now = Math.floor(Date.now() / 1000);
  const known = await client.getConsents({ subject }, { signal });
  const refused = new Set(known.filter(({ revoked }) => revoked).map(({ terms }) => terms.index));
  return [...known, ...relation.consents].some(
    ({ terms }) => terms.epoch >= epoch && terms.validUntil >= now && !refused.has(terms.index),
  );
}
