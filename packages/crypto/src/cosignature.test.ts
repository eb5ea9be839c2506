import { checkpointOrigin, checkpointTypedData, emptyRoot, formatCheckpoint, parseOrigin } from '@anamnesis/protocol';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { cosign, cosignatureTime, cosignedAt } from './cosignature.ts';
import { cosignerKey, newNoteKey, noteVerifierKey, openNote, signNote, verifierKeyNamed } from './note.ts';
import { operatorLine, operatorSignature } from './operatorLine.ts';

const log = { name: 'anamnesis/1/0xab/1/access', privateKey: newNoteKey() };
const witness = { name: 'witness.example', privateKey: newNoteKey() };
const witnessKey = cosignerKey(noteVerifierKey(witness));
const text = formatCheckpoint({ origin: log.name, size: 7, root: emptyRoot() });

describe('cosignature', () => {
  test('default: a witness adds its line to a checkpoint; log and witness are both verified', () => {
    const note = `${signNote(text, log)}${cosign(text, witness, 1_700_000_000)}\n${cosign(text, witness, 1_700_000_009)}\n`;
    expect(openNote(note, noteVerifierKey(log))).toBe(text);
    expect(cosignedAt(note, witnessKey)).toBe(1_700_000_009);
    expect(cosignedAt(signNote(text, log), witnessKey)).toBeNull();
  });

  test('behavior: one key under several names and types: each has its own id, none stands for another', () => {
    const renamed = verifierKeyNamed(noteVerifierKey(log), 'other.example');
    expect(() => openNote(signNote(text, log), renamed)).toThrow();
    expect(openNote(signNote(text, { ...log, name: 'other.example' }), renamed)).toBe(text);
    expect(cosignedAt(signNote(text, witness), witnessKey)).toBeNull();
    expect(() => openNote(`${text}\n${cosign(text, witness, 1)}\n`, noteVerifierKey(witness))).toThrow();
    expect(() => openNote(signNote(text, witness), witnessKey)).toThrow('verifier key');
  });

  test('error: another text, another time, another key of the name', () => {
    const line = cosign(text, witness, 1_700_000_000);
    const unsigned = expect.objectContaining({ code: 'note-unsigned' });
    expect(() => cosignatureTime(text.replace('\n7\n', '\n8\n'), line, witnessKey)).toThrow(unsigned);
    const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64');
    bytes[11] = (bytes[11] ?? 0) + 1;
    expect(() => cosignatureTime(text, `— ${witness.name} ${bytes.toString('base64')}`, witnessKey)).toThrow(unsigned);
    const impostor = cosign(text, { ...witness, privateKey: newNoteKey() }, 1_700_000_000);
    expect(cosignatureTime(text, impostor, witnessKey)).toBeNull();
  });
});

describe('operatorLine', () => {
  const operator = privateKeyToAccount(`0x${'5'.repeat(64)}`);
  const of = { chainId: 1, checkpoints: `0x${'ab'.repeat(20)}`, organization: 1, log: 'access' } as const;
  const state = { root: `0x${'1'.repeat(64)}`, size: 7 } as const;

  test('default: the ledger’s form of the signature rides on the note; for other tools it is nothing', async () => {
    const body = formatCheckpoint({ origin: checkpointOrigin(of), size: 7, root: emptyRoot() });
    const signer = { name: checkpointOrigin(of), privateKey: newNoteKey() };
    const note = `${signNote(body, signer)}${await operatorLine(operator, of, state)}\n`;
    expect(openNote(note, noteVerifierKey(signer))).toBe(body);
    const signature = await operatorSignature(note, of, state, operator.address);
    expect(signature).toBe(await operator.signTypedData(checkpointTypedData({ ...of, ...state }, of)));
    expect(await operatorSignature(note, of, { ...state, size: 8 }, operator.address)).toBeNull();
    expect(await operatorSignature(note, of, state, of.checkpoints)).toBeNull();
  });

  test('behavior: an origin says whose log it is', () => {
    expect(parseOrigin(checkpointOrigin(of))).toEqual(of);
    for (const other of ['', 'example.com/log', `${checkpointOrigin(of)}x`, checkpointOrigin(of).replace('0x', '0X')]) {
      expect(parseOrigin(other)).toBeNull();
    }
  });
});
