import { AnamnesisError } from '@anamnesis/protocol';
import { type Client, sendCcda, sendHl7v2 } from '@anamnesis/sdk';
import { EXIT, exitCodeOf } from '../exitCodes.ts';
import { patiently } from './patiently.ts';
import { readBytes, readMessages } from './readMessages.ts';

/** What a node did with HL7 v2 messages and C-CDA documents. */
export interface IntakeTally {
  /** Kept; the node says nothing of records that a message made. */
  messages: number;
  documents: number;
  /** Documents that had been taken before. */
  repeated: number;
  /** Records that came of documents. */
  created: number;
  updated: number;
  unchanged: number;
}

/** A message or document that was refused: why, in the node's words. */
export interface IntakeFailure {
  readonly file: string;
  /** Which message of the file, from 1. */
  readonly message?: number;
  readonly code: string;
  readonly reason: string;
}

/** Whether a file goes through a node's intake: HL7 v2 (`.hl7`) or C-CDA (`.xml`). */
export function isIntake(file: string): boolean {
  return /\.(?:hl7|xml)$/i.test(file);
}

/**
 * Sends a file through a node's intake, message by message; one that is refused does not keep the next one out. Throws what ends the whole import: a node
 * that is gone, or does not let us in.
 */
export async function sendIntake(
  client: Client,
  file: string,
  tally: IntakeTally,
  options: { readonly attempts: number; readonly signal: AbortSignal },
): Promise<IntakeFailure[]> {
  const failures: IntakeFailure[] = [];
  const trying = async (work: () => Promise<void>, message?: number): Promise<void> => {
    try {
      await patiently(options, work);
    } catch (error) {
      if (!(error instanceof AnamnesisError) || options.signal.aborted) throw error;
      if ([EXIT.network, EXIT.notSignedIn].includes(exitCodeOf(error) as never)) throw error;
      failures.push({ file, ...(message !== undefined && { message }), code: error.code, reason: error.message });
    }
  };
  const { signal } = options;
  if (/\.xml$/i.test(file)) {
    await trying(async () => {
      const document = await readBytes(file);
      const { repeated, created, updated, unchanged } = await sendCcda(client, document, { signal });
      tally.documents += 1;
      if (repeated) tally.repeated += 1;
      tally.created += created;
      tally.updated += updated;
      tally.unchanged += unchanged;
    });
    return failures;
  }
  let messages: readonly Uint8Array[] = [];
  await trying(async () => {
    messages = await readMessages(file);
  });
  for (const [at, message] of messages.entries()) {
    await trying(async () => {
      await sendHl7v2(client, message, { signal });
      tally.messages += 1;
    }, at + 1);
  }
  return failures;
}
