import { existsSync } from 'node:fs';
import { AnamnesisError } from '@anamnesis/protocol';
import { connect, createClient, getProfile, getStatus, linkSubject, newSeed, wrapSeed } from '@anamnesis/sdk';
import type { Command } from 'commander';
import { openAccount, passphraseOf, subjectOf, writeAccount } from '../account/openAccount.ts';
import type { Context, Outcome } from '../command.ts';
import { nodeOf, readDeployment, tokenOf, usage } from '../options.ts';
import { table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly account: string;
  readonly passphraseFile?: string;
  readonly node?: string;
  readonly tokenFile?: string;
  readonly patient?: string;
  readonly deployment?: string;
  readonly name?: string;
}

const EXAMPLES = `Examples:
  anamnesis account create --account maria.json --name Maria
  anamnesis account join --account maria.json --node http://127.0.0.1:8101 --patient 7 --token-file desk.token
  anamnesis account show --account maria.json

`;

/** `anamnesis account`: what a patient holds, in a file that only her passphrase opens. */
export function accountCommand(program: Command, perform: Perform): void {
  const account = program
    .command('account')
    .description("a patient's account: make one, join an organisation, show it")
    .addHelpText('before', EXAMPLES);
  const common = (command: Command): Command =>
    command
      .requiredOption('--account <file>', 'account file')
      .option('--passphrase-file <file>', 'file with the passphrase; without it, it is asked for');
  common(account.command('create').description('make a new account'))
    .option('--name <name>', 'how the account calls its owner', '')
    .action((options: Options) => perform((context) => create(context, options)));
  common(account.command('join').description('begin a relation with an organisation'))
    .option('--node <url>', "address of the organisation's node")
    .option('--deployment <file>', 'contracts to sign for; without it, as the node tells')
    .option('--patient <id>', 'link to this patient, at the desk (needs a token of staff)')
    .option('--token-file <file>', 'file with the token of staff')
    .action((options: Options) => perform((context) => join(context, options)));
  common(account.command('show').description('show relations and consents')).action((options: Options) =>
    perform((context) => show(context, options)),
  );
}

async function create(context: Context, options: Options): Promise<Outcome> {
  if (existsSync(options.account)) throw new AnamnesisError('conflict', `${options.account} is already there`);
  const passphrase = await passphraseOf(context, 'New passphrase: ', options);
  const file = options.passphraseFile ?? context.environment.passphraseFile;
  if (file === undefined && (await context.askSecret('Once more: ')) !== passphrase) throw usage('the two differ');
  const seed = newSeed();
  await writeAccount(options.account, seed, await wrapSeed(seed, passphrase), {
    name: options.name ?? '',
    relations: [],
  });
  return {
    result: { account: options.account },
    text: `${options.account} is ready. Whoever has it needs its passphrase as well.`,
  };
}

async function join(context: Context, options: Options): Promise<Outcome> {
  const { signal } = context;
  const node = nodeOf(context, options.node).replace(/\/+$/, '');
  const account = await openAccount(context, options.account, options);
  const connection = connect({ baseUrl: node });
  const [{ profile }, status] = await Promise.all([
    getProfile(connection, { signal }),
    getStatus(connection, { signal }),
  ]);
  const deployment = options.deployment ? await readDeployment(options.deployment) : status.deployment;
  if (!deployment) throw usage('which contracts? Give --deployment FILE: the node does not tell');
  const { organization } = status;
  const known = account.contents.relations.find(
    (relation) => relation.organization === organization && relation.chainId === deployment.chainId,
  );
  const relation = known ?? {
    chainId: deployment.chainId,
    organization,
    name: profile.organization.name,
    node,
    contracts: { consents: deployment.consents, subjects: deployment.subjects },
    generation: 0,
    subject: null,
    epoch: 0,
    nextIndex: 0,
    consents: [],
  };
  const subject = subjectOf(account, relation);
  if (options.patient !== undefined) {
    const token = await tokenOf(context, options.tokenFile);
    if (token === undefined)
      throw new AnamnesisError('unauthorized', 'linking needs a token of staff: --token-file FILE');
    const signer = account.signer(relation);
    const desk = createClient({ baseUrl: node, token });
    await linkSubject(desk, { patient: options.patient, organization, chainId: relation.chainId, signer }, { signal });
  }
  await account.keep({ ...relation, node });
  const linked = options.patient === undefined ? '' : `, linked to Patient/${options.patient}`;
  return {
    result: { organization, name: relation.name, subject, patient: options.patient ?? null },
    text: `The account is with ${relation.name}${linked}.`,
  };
}

async function show(context: Context, options: Options): Promise<Outcome> {
  const account = await openAccount(context, options.account, options);
  const relations = account.contents.relations.map((relation) => ({
    organization: relation.organization,
    name: relation.name,
    node: relation.node,
    chainId: relation.chainId,
    subject: subjectOf(account, relation),
    consents: relation.consents.length,
  }));
  const rows = relations.map(({ name, node, consents }) => [name, node, String(consents)]);
  return {
    result: { name: account.contents.name, relations },
    text: table([['organisation', 'node', 'consents'], ...rows]),
  };
}
