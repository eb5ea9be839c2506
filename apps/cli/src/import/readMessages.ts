import { readFile } from 'node:fs/promises';
import { AnamnesisError } from '@anamnesis/protocol';
import { usage } from '../options.ts';

/** What a batch or a file is wrapped in (chapter 2.10.3). */
const WRAPPING = /^(?:FHS|BHS|BTS|FTS)/;

/**
 * The HL7 v2 messages of a file, each as the bytes that it was: in whatever character set, with segments ended by a carriage return, as the standard has it, whatever
 * ended them in the file. Throws `import-malformed` where there is none.
 */
export async function readMessages(file: string): Promise<Uint8Array[]> {
  // Latin-1 has a character for each byte, so nothing is read into them here.
  const text = (await readBytes(file)).toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  // Some files hold the blocks of MLLP as they were sent.
  const unframed = text.replaceAll('\u000b', '').replaceAll('\u001c', '');
  const messages: string[][] = [];
  for (const segment of unframed.split(/\r\n|[\r\n]/)) {
    if (segment === '' || WRAPPING.test(segment)) continue;
    if (segment.startsWith('MSH')) messages.push([]);
    const message = messages.at(-1);
    if (message === undefined)
      throw new AnamnesisError('import-malformed', `${file}: not HL7 v2: it begins without MSH`);
    message.push(segment);
  }
  if (messages.length === 0) throw new AnamnesisError('import-malformed', `${file}: no HL7 v2 message`);
  return messages.map((segments) => Buffer.from(`${segments.join('\r')}\r`, 'latin1'));
}

/** The bytes of a file. Throws `usage` with the file's name when it cannot be read. */
export async function readBytes(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw usage(`cannot read ${file}: ${cause.code ?? 'failed'}`);
  });
}
