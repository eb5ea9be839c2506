import { connect, type Socket } from 'node:net';
import { readIntakeSettings } from '../../config/index.ts';
import { type IntakeContext, registerSenders } from '../../modules/intake/index.ts';
import { openRecords, type RecordReader } from '../../modules/records/index.ts';
import type { Database } from '../../storage/index.ts';
import { clinician, testContext } from '../records-world.ts';

/** Number of the hospital's assigner of patient numbers. */
export const PATIENTS = 'urn:oid:2.16.840.1.113883.19.5';

/** What St. Aldhelm's operator wrote: four systems that may send. */
export const SETTINGS = {
  patients: PATIENTS,
  assigners: { ALDHELM: PATIENTS },
  timezone: 'Europe/London',
  senders: [
    { application: 'PAS', facility: 'ALDHELM', client: 'patient administration', timezone: 'Europe/London' },
    {
      application: 'LABOSYS',
      facility: 'NORTHLAB',
      client: 'North laboratory',
      timezone: 'Europe/Berlin',
      bareIdentifiers: PATIENTS,
    },
    { application: 'RIS', facility: 'ALDHELM', client: 'radiology', timezone: 'Europe/London' },
    { application: 'DICT', facility: 'ALDHELM', client: 'dictation', timezone: 'Europe/London' },
  ],
  mllp: { port: 0, messageTimeoutMs: 2_000, maxBytes: 200_000 },
} as const;

/** Intake into a database, with its senders known. */
export async function intakeInto(
  database: Database,
  settings: object = SETTINGS,
  read: (path: string) => string = () => '',
): Promise<IntakeContext> {
  const context: IntakeContext = {
    ...testContext(database),
    intake: readIntakeSettings(settings, read),
    requireIntact: () => {},
  };
  await registerSenders(context);
  return context;
}

/** Whoever looks at what came in. */
export function reading(context: IntakeContext): RecordReader {
  return openRecords(context, clinician());
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every type
type Found = any;

/** The records that a search finds. */
export async function found(context: IntakeContext, type: string, query = ''): Promise<Found[]> {
  const { entry = [] } = await reading(context).search(type, query);
  return entry.map(({ resource }) => resource as Found);
}

const END = '\u001c\r';

/** A sender's side of MLLP, over a real socket. */
export interface Sender {
  readonly socket: Socket;
  /** Writes bytes as they are. */
  write(bytes: Uint8Array | string): void;
  /** Writes a message in its block. */
  send(message: Uint8Array): void;
  /** The next acknowledgement, its segments as lines; null when the other side ended the connection first. */
  answer(): Promise<string | null>;
  end(): void;
}

export async function senderTo(port: number): Promise<Sender> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return senderOver(socket);
}

/** The same on a connection that is there. */
export function senderOver(socket: Socket): Sender {
  let buffer = '';
  let isOver = false;
  let wake: () => void = () => {};
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    buffer += chunk;
    wake();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isOver = true;
    wake();
  });
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    send: (message) => void socket.write(Buffer.concat([Buffer.of(0x0b), message, Buffer.of(0x1c, 0x0d)])),
    async answer() {
      for (;;) {
        const end = buffer.indexOf(END);
        if (end >= 0) {
          const text = buffer.slice(1, end);
          buffer = buffer.slice(end + END.length);
          return text.trimEnd().replaceAll('\r', '\n');
        }
        if (isOver) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end: () => void socket.destroy(),
  };
}

/** MSA-1 and MSA-2 of an acknowledgement. */
export function verdict(answer: string | null): string {
  const [, code = '', id = ''] =
    answer
      ?.split('\n')
      .find((line) => line.startsWith('MSA'))
      ?.split('|') ?? [];
  return `${code} ${id}`;
}
