import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openTestPGlite, type TestDatabase } from '../../../testing/databases.ts';
import { ADMISSION, bytesOf, changed, RESULTS } from '../../../testing/intake/hl7.ts';
import { intakeInto, SETTINGS, type Sender, senderOver, senderTo, verdict } from '../../../testing/intake/world.ts';
import type { IntakeContext } from '../context.ts';
import { type MllpListener, openMllp } from './listener.ts';

/** MLLP on the wire, over real sockets. */

const BLOCK = { start: '\u000b', end: '\u001c\r' };
let own: TestDatabase;
let context: IntakeContext;
let id = 0;

beforeAll(async () => {
  own = await openTestPGlite();
  context = await intakeInto(own.database);
});
afterAll(() => own.end());

async function listening(over: object = {}, senders: object = {}): Promise<MllpListener> {
  const settings = { ...SETTINGS, ...senders, mllp: { ...SETTINGS.mllp, ...over } };
  const read = (path: string): string =>
    readFileSync(join(import.meta.dirname, '../../../testing/intake/tls', path), 'utf8');
  const { intake } = await intakeInto(own.database, settings, read);
  const listener = await openMllp({ ...context, intake }, intake.mllp as NonNullable<typeof intake.mllp>);
  onTestFinished(() => listener.close());
  return listener;
}

async function sending({ port }: MllpListener): Promise<Sender> {
  const sender = await senderTo(port);
  onTestFinished(() => sender.end());
  return sender;
}

/** A message of its own, and its id. */
function message(): { bytes: Uint8Array; id: string } {
  const own = `T-${++id}`;
  return { bytes: bytesOf(changed(RESULTS, ['000481', own], ['L260481', `L${own}`])), id: own };
}

const versions = async (): Promise<number | undefined> =>
  (await own.database.query<{ n: number }>('select count(*) as n from resource_version'))[0]?.n;

describe('MLLP', () => {
  test('default: several messages on one connection are answered in their order', async () => {
    const sender = await sending(await listening());
    const [one, two, three] = [message(), message(), message()];
    for (const { bytes } of [one, two, three]) sender.send(bytes);
    const answers = [await sender.answer(), await sender.answer(), await sender.answer()];
    expect(answers.map(verdict)).toEqual([`AA ${one.id}`, `AA ${two.id}`, `AA ${three.id}`]);
  });

  test('behavior: a message may come in pieces, and what stands between messages is passed over', async () => {
    const sender = await sending(await listening());
    const [one, two] = [message(), message()];
    sender.write('HELO\r\n');
    for (const byte of Buffer.concat([Buffer.from(BLOCK.start), one.bytes])) {
      await new Promise<void>((resolve) => sender.socket.write(Buffer.of(byte), () => resolve()));
    }
    sender.write(BLOCK.end.charAt(0));
    expect(verdict(await sender.answer())).toBe(`AA ${one.id}`);
    sender.write(`${BLOCK.end.charAt(1)}\r\n\0 noise`);
    sender.send(two.bytes);
    expect(verdict(await sender.answer())).toBe(`AA ${two.id}`);
  });

  test('behavior: a start inside a message begins a new one; the broken-off one is neither stored nor answered', async () => {
    const sender = await sending(await listening());
    const [one, two] = [message(), message()];
    sender.write(Buffer.concat([Buffer.from(BLOCK.start), one.bytes.subarray(0, 300)]));
    sender.send(two.bytes);
    expect(verdict(await sender.answer())).toBe(`AA ${two.id}`);
    sender.send(one.bytes);
    expect(verdict(await sender.answer())).toBe(`AA ${one.id}`);
  });

  test('behavior: a sender that dies in the middle leaves nothing', async () => {
    const listener = await listening();
    const before = await versions();
    const sender = await sending(listener);
    const { bytes } = message();
    sender.write(Buffer.concat([Buffer.from(BLOCK.start), bytes.subarray(0, bytes.length - 40)]));
    sender.end();
    const other = await sending(listener);
    other.send(bytesOf('MSH|^~\\&|NOBODY|X|||20261101||ADT^A01|1|P|2.5'));
    expect(verdict(await other.answer())).toBe('AR 1');
    expect(await versions()).toBe(before);
  });

  test('behavior: what is being stored when the node stops is stored and answered', async () => {
    const listener = await listening();
    const sender = await sending(listener);
    const { bytes, id: own } = message();
    sender.send(bytes);
    const [one, two] = [message(), message()];
    sender.send(one.bytes);
    const first = await sender.answer();
    const closed = listener.close();
    sender.send(two.bytes);
    await closed;
    expect(verdict(first)).toBe(`AA ${own}`);
    const later = verdict(await sender.answer());
    expect([`AA ${one.id}`, ' ']).toContain(later);
  });

  test('error: a slow message, one that is too large, and what is no MLLP end the connection', async () => {
    const slow = await sending(await listening({ messageTimeoutMs: 150 }));
    slow.write(`${BLOCK.start}MSH|^~`);
    expect(await slow.answer()).toBeNull();

    const listener = await listening({ maxBytes: 2_000 });
    const large = await sending(listener);
    large.write(`${BLOCK.start}MSH|^~\\&|PAS|ALDHELM|||20261101||ADT^A01|BIG-1|P|2.5\r${'x'.repeat(4_000)}`);
    expect(verdict(await large.answer())).toBe('AR BIG-1');
    expect(await large.answer()).toBeNull();

    const other = await sending(listener);
    other.write('GET / HTTP/1.1\r\n'.repeat(6_000));
    expect(await other.answer()).toBeNull();
  });

  test('error: more connections than are allowed are ended', async () => {
    const listener = await listening({ maxConnections: 1 });
    const [one, two] = [await sending(listener), await sending(listener)];
    expect(await two.answer()).toBeNull();
    const { bytes, id: own } = message();
    one.send(bytes);
    expect(verdict(await one.answer())).toBe(`AA ${own}`);
  });

  test('error: a sender that comes from elsewhere is not told that its name is known', async () => {
    const [lab, ...rest] = [SETTINGS.senders[1], ...SETTINGS.senders.filter((_, at) => at !== 1)];
    const listener = await listening({}, { senders: [{ ...lab, addresses: ['192.0.2.7'] }, ...rest] });
    const sender = await sending(listener);
    const { bytes } = message();
    sender.send(bytes);
    const said = await sender.answer();
    sender.send(bytesOf(changed(RESULTS, ['LABOSYS|NORTHLAB', 'LABOSYS|SOUTHLAB'])));
    const reason = (answer: string | null) => answer?.split('\n')[1]?.split('|')[3];
    expect([verdict(said).slice(0, 2), reason(said)]).toEqual(['AR', reason(await sender.answer())]);
  });

  test('error: bytes that are no text in the declared set, and what has no header', async () => {
    const sender = await sending(await listening());
    sender.send(bytesOf(changed(ADMISSION, ['PAS-1001', 'PAS-L1']), '\r', 'latin1'));
    expect(verdict(await sender.answer())).toBe('CE PAS-L1');
    sender.send(Buffer.from('PID|1||70012'));
    const { bytes, id: own } = message();
    sender.send(bytes);
    expect(verdict(await sender.answer())).toBe(`AA ${own}`);
  });
});

describe('MLLP over TLS', () => {
  const file = (name: string): string =>
    readFileSync(join(import.meta.dirname, '../../../testing/intake/tls', name), 'utf8');
  const tls = { key: 'server.key', cert: 'server.pem', ca: 'ca.pem' };
  const [pas, ...rest] = SETTINGS.senders;

  async function over(listener: MllpListener, own: object): Promise<Sender> {
    const socket = connect({ host: '127.0.0.1', port: listener.port, ca: file('ca.pem'), ...own });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    const sender = senderOver(socket);
    onTestFinished(() => sender.end());
    return sender;
  }

  test('default: a sender is known by its certificate', async () => {
    const listener = await listening(
      { tls },
      { senders: [{ ...pas, certificate: 'sender.aldhelm.example' }, ...rest] },
    );
    const sender = await over(listener, { key: file('sender.key'), cert: file('sender.pem') });
    sender.send(bytesOf(changed(ADMISSION, ['PAS-1001', 'PAS-TLS'])));
    expect(verdict(await sender.answer())).toBe('CA PAS-TLS');
  });

  test("error: another's certificate, and none", async () => {
    const listener = await listening({ tls }, { senders: [{ ...pas, certificate: 'other.aldhelm.example' }, ...rest] });
    const other = await over(listener, { key: file('sender.key'), cert: file('sender.pem') });
    other.send(bytesOf(changed(ADMISSION, ['PAS-1001', 'PAS-TLS2'])));
    expect(verdict(await other.answer())).toBe('CR PAS-TLS2');
    const without = await over(listener, {});
    without.send(bytesOf(ADMISSION));
    expect(await without.answer()).toBeNull();
  });
});
