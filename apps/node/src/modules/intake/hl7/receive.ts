import { randomUUID } from 'node:crypto';
import { AnamnesisError, OutcomeError } from '@anamnesis/protocol';
import type { IntakeSender } from '../../../config/index.ts';
import { StorageError } from '../../../storage/index.ts';
import { type Client, ConsentError, clientNamed, staffAuthority } from '../../consent/index.ts';
import type { IntakeContext } from '../context.ts';
import { type Kept, keepMessage } from '../keep.ts';
import { IntakeRefusal } from '../refusal.ts';
import { acknowledge } from './acknowledge.ts';
import type { Delimiters } from './escapes.ts';
import { mapMessage } from './map.ts';
import { readHeader, readMessage, type Segment } from './message.ts';

/** From where a message came, as far as it is known. */
export interface Origin {
  /** IP address. */
  readonly address?: string | undefined;
  /** Subject common name of a TLS certificate that was verified. */
  readonly certificate?: string | undefined;
  /** The client whose token came with it, where it came by HTTP: then it must be the sender's. */
  readonly client?: Client;
}

/** What became of a message, and what is answered: null where the sender wants no answer, or none can be made. */
export interface Received {
  readonly acknowledgement: Uint8Array | null;
  readonly kept: Kept | null;
  readonly refused: IntakeRefusal | null;
  /** Something that nobody expected, for the operator. */
  readonly unexpected?: unknown;
}

const VERSIONS = /^2\.[3-8](?:\.\d{1,2})*$/;

/**
 * Takes one HL7 v2 message: reads, maps and stores it, and says so. It is on stable storage when this resolves with an AA; with anything else nothing of
 * it is stored. Never throws.
 */
export async function receiveHl7(context: IntakeContext, bytes: Uint8Array, origin: Origin): Promise<Received> {
  const header = readHeader(bytes);
  let delimiters: Delimiters | null = null;
  let kept: Kept | null = null;
  let refused: IntakeRefusal | null = null;
  let unexpected: unknown;
  try {
    const sender = await senderOf(context, header, origin);
    const message = readMessage(bytes, sender.charset);
    delimiters = message.delimiters;
    requireHeader(message.msh, sender);
    const client = origin.client ?? (await integratorOf(context, sender));
    const intake = mapMessage(message, context.intake, sender, bytes);
    const authority = staffAuthority(client, {
      organization: context.ledger.organization,
      purpose: 'TREAT',
      requestId: randomUUID(),
      message: `${intake.sender}|${intake.message}`,
    });
    kept = await keepMessage(context, authority, intake);
  } catch (error) {
    refused = refusalOf(error);
    if (refused.condition === 'not-now') unexpected = error;
  }
  if (header === null) return { acknowledgement: null, kept, refused, unexpected };
  const acknowledgement = acknowledge(header, delimiters, { refused }, new Date(context.now?.() ?? Date.now()));
  return { acknowledgement, kept, refused, unexpected };
}

/** The sender that MSH-3 and MSH-4 name, if it may come from there. */
async function senderOf({ intake }: IntakeContext, msh: Segment | null, origin: Origin): Promise<IntakeSender> {
  if (msh === null) throw new IntakeRefusal('segment-sequence', 'This is no message: it has no MSH segment');
  const named = intake.senders.find((one) => one.application === msh.at(3) && one.facility === msh.at(4));
  const isElsewhere =
    named !== undefined &&
    ((named.addresses.length > 0 && origin.client === undefined && !named.addresses.includes(bare(origin.address))) ||
      (named.certificate !== undefined && origin.client === undefined && named.certificate !== origin.certificate) ||
      (origin.client !== undefined && origin.client.name !== named.client));
  // Who may not is told what who is unknown is told.
  if (named === undefined || isElsewhere) {
    throw new IntakeRefusal('unsupported-processing', 'This sender is not known here', { segment: 'MSH', field: 3 });
  }
  return named;
}

/** An IPv4 address on an IPv6 socket. */
function bare(address = ''): string {
  return address.replace(/^::ffff:/, '');
}

async function integratorOf(context: IntakeContext, sender: IntakeSender): Promise<Client> {
  try {
    const client = await clientNamed(context.database, sender.client);
    if (client.role === 'integrator') return client;
  } catch (error) {
    if (!(error instanceof ConsentError)) throw error;
  }
  throw new IntakeRefusal('unsupported-processing', 'This sender may not send any more', { segment: 'MSH', field: 3 });
}

function requireHeader(msh: Segment, sender: IntakeSender): void {
  const id = msh.required(10, 'The id of the message');
  if (id.length > 199) throw msh.refusal('data-type', 'The id of the message is too long', 10);
  if (!VERSIONS.test(msh.at(12))) throw msh.refusal('unsupported-version', 'This version is not read', 12);
  if (msh.at(11) !== sender.processing) {
    throw msh.refusal('unsupported-processing', 'The processing id is not the one that is taken', 11);
  }
}

/** What is wrong with content is told; what is wrong here is not, but that the message may come again. */
function refusalOf(error: unknown): IntakeRefusal {
  if (error instanceof IntakeRefusal) return error;
  if (error instanceof OutcomeError && error.status < 500) {
    const [issue] = error.issues;
    const element = issue?.expression?.[0];
    const said = `What it says is no valid FHIR${element === undefined ? '' : `: ${element}`}`;
    return new IntakeRefusal('data-type', said, null, { cause: error });
  }
  // Class 22 and 23: values that the database does not take, and will not take tomorrow.
  if (error instanceof StorageError && /^2[23]/.test(error.sqlState ?? '')) {
    return new IntakeRefusal('data-type', 'What it says cannot be stored', null, { cause: error });
  }
  const code = error instanceof AnamnesisError ? ` (${error.code})` : '';
  return new IntakeRefusal('not-now', `It could not be stored; send it again later${code}`, null, { cause: error });
}
