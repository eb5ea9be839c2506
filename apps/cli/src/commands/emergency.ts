import { EMERGENCY_REASONS, type EmergencyReason } from '@anamnesis/protocol';
import { type Emergency, readShareCode } from '@anamnesis/sdk';
import type { Command } from 'commander';
import type { Context, Outcome } from '../command.ts';
import { EXIT } from '../exitCodes.ts';
import { staffClient, usage, wholeNumber } from '../options.ts';
import { table } from '../output/table.ts';
import type { Perform } from '../run.ts';

interface Options {
  readonly node?: string;
  readonly tokenFile?: string;
}

const REASONS = EMERGENCY_REASONS.map(({ name }) => name);
const STATES = ['pending', 'refused', 'open', 'due', 'overdue', 'reviewed'] as const;
const OUTCOMES = ['justified', 'not-justified'] as const;

const EXAMPLES = `Examples (the patient's code is on her telephone):
  anamnesis emergency declare --code 00000A-… --reason unconscious --text 'Found in the street, no relatives reached'
  anamnesis emergency fetch 0x…                                   allergies, conditions, medicines, devices, directives
  anamnesis emergency fetch 0x… --rest 'Surgery at once, history of all treatment needed'
  anamnesis emergency list --state overdue
  anamnesis emergency review 0x… --outcome justified

`;

/** `anamnesis emergency`: access without consent, told to the patient at once and reviewed by others. */
export function emergencyCommand(program: Command, perform: Perform): void {
  const emergency = program
    .command('emergency')
    .description('access in an emergency: declare, fetch, end, list, review')
    .addHelpText('before', EXAMPLES);
  const common = (command: Command): Command =>
    command.option('--node <url>', 'node of your organisation').option('--token-file <file>', 'file with your token');
  common(emergency.command('declare').description('declare one; the patient is told at once'))
    .option('--code <code>', "the patient's code")
    .option('--custodian <number>', 'or the organisation that holds the records', wholeNumber(1))
    .option('--patient <id>', 'and her id there')
    .requiredOption('--reason <name>', REASONS.join(', '))
    .requiredOption('--text <words>', 'why, in words; she and who reviews it read them')
    .option('--hours <number>', 'how long it is open, 1 to 24', wholeNumber(1), 4)
    .action((options: DeclareOptions) => perform((context) => declare(context, options)));
  common(emergency.command('fetch <id>').description('fetch what keeps her alive, or the rest'))
    .option('--rest <words>', 'the rest too, and why it is needed')
    .action((id: string, options: Options & { rest?: string }) => perform((context) => fetchIn(context, id, options)));
  common(emergency.command('end <id>').description('close it before its time')).action((id: string, options: Options) =>
    perform((context) => end(context, id, options)),
  );
  common(emergency.command('list').description('what was declared, and how it stands with its review'))
    .option('--state <state>', STATES.join(', '))
    .action((options: Options & { state?: string }) => perform((context) => list(context, options)));
  common(emergency.command('review <id>').description('judge one that is over'))
    .requiredOption('--outcome <outcome>', OUTCOMES.join(' or '))
    .action((id: string, options: Options & { outcome: string }) => perform((context) => review(context, id, options)));
}

interface DeclareOptions extends Options {
  readonly code?: string;
  readonly custodian?: number;
  readonly patient?: string;
  readonly reason: string;
  readonly text: string;
  readonly hours: number;
}

async function declare(context: Context, options: DeclareOptions): Promise<Outcome> {
  const { text, hours } = options;
  const reason = oneOf<EmergencyReason>('reason', REASONS, options.reason);
  const patient = patientOf(options);
  const client = await staffClient(context, options);
  const declared = await client.declareEmergency({ ...patient, reason, text, hours }, { signal: context.signal });
  return {
    result: { ...declared },
    text: `${declared.id}\nDeclared. The patient is told, and somebody else will review it.`,
  };
}

/** By her code, or by her id at an organisation. */
function patientOf({ code, custodian, patient }: DeclareOptions) {
  if (code !== undefined) {
    try {
      return readShareCode(code);
    } catch {
      throw usage('the code is not complete, or has a slip in it');
    }
  }
  if (custodian === undefined || patient === undefined) throw usage('who? Give --code, or --custodian and --patient');
  return { custodian, patient };
}

async function fetchIn(context: Context, id: string, options: Options & { rest?: string }): Promise<Outcome> {
  const { rest } = options;
  const client = await staffClient(context, options);
  const outcome = await context.console.during((progress) => {
    progress('fetching and verifying');
    const asked = rest === undefined ? ({ id, set: 'first' } as const) : ({ id, set: 'rest', text: rest } as const);
    return client.fetchInEmergency(asked, { signal: context.signal });
  });
  for (const { reference, reason } of outcome.failed) context.console.warn(`${reference}: not taken over (${reason})`);
  return {
    result: { ...outcome },
    text: `${outcome.released} records came, ${outcome.verified} of them verified against the ledger; ${outcome.failed.length} were kept out.`,
    exitCode: outcome.failed.length > 0 ? EXIT.verificationFailed : EXIT.ok,
  };
}

async function end(context: Context, id: string, options: Options): Promise<Outcome> {
  const client = await staffClient(context, options);
  await client.endEmergency({ id }, { signal: context.signal });
  return { result: { id }, text: 'It closes. Now it waits for its review.' };
}

async function list(context: Context, options: Options & { state?: string }): Promise<Outcome> {
  const state = options.state === undefined ? undefined : oneOf('state', STATES, options.state);
  const client = await staffClient(context, options);
  const emergencies = await client.getEmergencies({ state }, { signal: context.signal });
  const rows = emergencies.map((one) => [
    ...[time(one.declaredAt), time(one.until), stateOf(one), String(one.organization), String(one.custodian ?? '')],
    ...[one.name ?? one.actor ?? '', one.reason, one.text ?? '', one.id],
  ]);
  const head = ['declared (UTC)', 'until', 'state', 'by', 'of', 'who', 'reason', 'why', 'id'];
  return { result: { emergencies }, text: table([head, ...rows]) };
}

async function review(context: Context, id: string, options: Options & { outcome: string }): Promise<Outcome> {
  const outcome = oneOf('outcome', OUTCOMES, options.outcome);
  const client = await staffClient(context, options);
  await client.reviewEmergency({ id, outcome }, { signal: context.signal });
  return { result: { id, outcome }, text: `Reviewed: ${outcome}. The patient is told.` };
}

function stateOf({ state, outcome }: Emergency): string {
  return outcome ?? state;
}

function time(seconds: number | null): string {
  return seconds === null ? '' : new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 16);
}

function oneOf<Name extends string>(what: string, names: readonly Name[], given: string): Name {
  const found = names.find((name) => name === given);
  if (found === undefined) throw usage(`there is no ${what} ${given}; choose of ${names.join(', ')}`);
  return found;
}
