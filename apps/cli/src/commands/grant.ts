import {
  ACTIONS,
  ANYONE,
  AnamnesisError,
  type BitTable,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  encodeGrant,
  maskOf,
  maskOfAll,
  PURPOSES,
  recipientOf,
  SENSITIVE,
} from '@anamnesis/protocol';
import { connect, createClient, getProfile, type TrustedLedger, takeIndex } from '@anamnesis/sdk';
import type { Command } from 'commander';
import { openAccount, relationAt, subjectOf } from '../account/openAccount.ts';
import type { Context, Outcome } from '../command.ts';
import { collect, day, ledgerOf, lengthOfTime, usage, writeText } from '../options.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly account: string;
  readonly passphraseFile?: string;
  readonly node?: string;
  readonly to: string;
  readonly practitioner?: string;
  readonly categories?: readonly string[];
  readonly sensitive?: readonly string[];
  readonly purpose?: readonly string[];
  readonly actions?: readonly string[];
  readonly careFrom?: number;
  readonly careUntil?: number;
  readonly for: number;
  readonly out?: string;
  readonly rpc?: readonly string[];
  readonly deployment?: string;
}

const names = (table: BitTable): string => table.map((code) => code.name).join(', ');
const EXAMPLES = `Examples:
  anamnesis grant --account maria.json --to 2 --purpose TREAT --for 90d
  anamnesis grant --account maria.json --to "Hospital da Luz Nova" --rpc http://127.0.0.1:8545 \\
      --categories laboratory,medications --care-from 2024-01-01 --for 24h

Categories: ${names(CATEGORIES)}
Sensitive classes (withheld unless named): ${names(SENSITIVE)}
Purposes: ${names(PURPOSES)}

`;

/** `anamnesis grant`: a patient lets an organisation read. No transaction is sent. */
export function grantCommand(program: Command, perform: Perform): void {
  program
    .command('grant')
    .description('let an organisation read your records')
    .addHelpText('before', EXAMPLES)
    .requiredOption('--account <file>', 'account file')
    .requiredOption('--to <organisation>', 'who may read: number in the Directory, or name (needs --rpc)')
    .option('--passphrase-file <file>', 'file with the passphrase; without it, it is asked for')
    .option('--node <url>', 'node of the organisation that holds the records')
    .option('--practitioner <reference>', 'only this person there, such as Practitioner/7')
    // No defaults here: the parser would add what is chosen to them, and a consent would open more than was named.
    .option('--categories <names>', 'what may be read (default: all)', collect)
    .option('--sensitive <names>', 'sensitive classes that may be read as well (default: none)', collect)
    .option('--purpose <codes>', 'what for (default: TREAT)', collect)
    .option('--actions <names>', 'what may be done (default: read)', collect)
    .option('--care-from <day>', 'only care since this day', day)
    .option('--care-until <day>', 'only care before this day', day)
    .option('--for <time>', 'for how long: 24h, 90d, 1y', lengthOfTime, 90 * 86_400)
    .option('--out <file>', 'write the signed consent here, for the reader')
    .option('--rpc <url>', 'ledger, to find names and the present epoch', collect)
    .option('--deployment <file>', 'contracts of the ledger')
    .action((options: Options) => perform((context) => grant(context, options)));
}

async function grant(context: Context, options: Options): Promise<Outcome> {
  const { signal } = context;
  const chosen = masksOf(options);
  const account = await openAccount(context, options.account, options);
  // The number is used up before anything leaves the device: no two consents may ever share it.
  const { index, relation } = takeIndex(relationAt(account, options.node));
  const subject = subjectOf(account, relation);
  const asksLedger = (options.rpc?.length ?? context.environment.rpc.length) > 0;
  const ledger = asksLedger ? (await ledgerOf(context, options, [relation.node])).ledger : null;
  const grantee = await granteeOf(options.to, ledger, signal);
  if (grantee === relation.organization) throw usage(`${relation.name} holds these records and reads them anyway`);
  const now = Math.floor(Date.now() / 1000);
  const terms: ConsentTerms = {
    subject,
    epoch: ledger ? (await ledger.subject(subject)).epoch : relation.epoch,
    index,
    grantee,
    recipient: options.practitioner === undefined ? ANYONE : recipientOf(options.practitioner),
    ...chosen,
    careFrom: options.careFrom ?? CARE_OPEN_START,
    careUntil: options.careUntil ?? CARE_OPEN_END,
    // Clocks differ a little: a consent that begins a moment ago holds at once everywhere.
    validFrom: now - 60,
    validUntil: now + options.for,
    salt: `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex')}`,
  };
  await account.keep({ ...relation, epoch: terms.epoch });
  const signer = account.signer(relation);
  const domain = consentDomain(relation.chainId, relation.contracts.consents);
  const session = { signer, organization: relation.organization, chainId: relation.chainId, subject };
  const client = createClient({ baseUrl: relation.node, session });
  const given = await client.grantConsent({ terms, domain, signer }, { signal });
  const signed = { terms: given.terms, signature: given.signature };
  await account.keep({ ...relation, epoch: terms.epoch, consents: [...relation.consents, signed] });
  if (options.out !== undefined) await writeText(options.out, `${JSON.stringify(signed, null, 2)}\n`);
  const until = new Date(terms.validUntil * 1000).toISOString().slice(0, 10);
  return {
    result: {
      id: given.id,
      index: terms.index,
      grantee,
      validUntil: terms.validUntil,
      consent: signed,
      grant: encodeGrant(signed),
    },
    text: `Consent ${terms.index}: organisation ${grantee} may read until ${until}. Refuse it with: anamnesis revoke --index ${terms.index}`,
  };
}

/** The Directory's number of an organisation, from its number or its name. */
export async function granteeOf(to: string, ledger: TrustedLedger | null, signal: AbortSignal): Promise<number> {
  if (/^[1-9]\d{0,9}$/.test(to)) return Number(to);
  if (!ledger) throw usage('a name is looked up on the ledger: give --rpc URL, or the number of the organisation');
  const found: number[] = [];
  for (const { id, active, profileUrl, profileHash } of await ledger.organizations()) {
    const at = profileUrl?.lastIndexOf('/.well-known/') ?? -1;
    if (!active || profileUrl === null || at < 0) continue;
    const fetched = await getProfile(connect({ baseUrl: profileUrl.slice(0, at) }), { signal }).catch(() => null);
    // A name counts only as the Directory pins it: a consent for the wrong organisation cannot be taken back unread.
    if (fetched?.hash !== profileHash) continue;
    if (fetched.profile.organization.name.toLowerCase() === to.toLowerCase()) found.push(id);
  }
  const [id, another] = found;
  if (id === undefined) throw new AnamnesisError('not-found', `no organisation that can be reached is called ${to}`);
  if (another !== undefined) throw new AnamnesisError('conflict', `several are called ${to}: ${found.join(', ')}`);
  return id;
}

/**
 * What the consent opens: exactly what was named, and the default only where nothing was.
 * Throws `code-unknown` for a name that no table has, `usage` for an empty choice.
 */
export function masksOf({
  categories = ['all'],
  sensitive = ['none'],
  purpose = ['TREAT'],
  actions = ['read'],
}: Pick<Options, 'categories' | 'sensitive' | 'purpose' | 'actions'>): Pick<
  ConsentTerms,
  'categories' | 'sensitive' | 'purposes' | 'actions'
> {
  return {
    categories: mask('--categories', CATEGORIES, categories),
    sensitive: mask('--sensitive', SENSITIVE, sensitive),
    purposes: mask('--purpose', PURPOSES, purpose),
    actions: mask('--actions', ACTIONS, actions),
  };
}

function mask(option: string, table: BitTable, names: readonly string[]): number {
  const [only = '', another] = names;
  if (another === undefined && only === 'all') return maskOfAll(table);
  if (another === undefined && only === 'none' && table === SENSITIVE) return 0;
  if (only === '') throw usage(`${option} names nothing`);
  return maskOf(table, names);
}
