import { checkpointOrigin, emptyRoot, formatCheckpoint, parseCheckpoint } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { newNoteKey, noteVerifierKey, openNote, signNote } from './note.ts';

const name = checkpointOrigin({
  chainId: 31337,
  checkpoints: '0x3333333333333333333333333333333333333333',
  organization: 1,
  log: 'access',
});
const signer = { name, privateKey: newNoteKey() };
const key = noteVerifierKey(signer);
const body = formatCheckpoint({ origin: name, size: 7, root: emptyRoot() });
const unsigned = expect.objectContaining({ code: 'note-unsigned' });

describe('note', () => {
  test('default: a checkpoint, signed and opened', () => {
    const note = signNote(body, signer);
    expect(note.startsWith(`${body}\n— ${name} `)).toBe(true);
    expect(parseCheckpoint(openNote(note, key)).size).toBe(7);
  });

  test('behavior: the example of Go’s sumdb/note package verifies', () => {
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
    expect(openNote(note, 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toBe(text);
  });

  test('behavior: signatures of other keys are passed over', () => {
    const witness = { name: 'witness.example', privateKey: newNoteKey() };
    const line = signNote(body, witness).slice(body.length + 1);
    const note = `${signNote(body, signer)}${line}`;
    expect(openNote(note, key)).toBe(body);
    expect(openNote(note, noteVerifierKey(witness))).toBe(body);
    expect(() => openNote(signNote(body, witness), key)).toThrow(unsigned);
  });

  test('error: a changed text, or a key of the same name', () => {
    const note = signNote(body, signer);
    expect(() => openNote(note.replace('\n7\n', '\n8\n'), key)).toThrow(unsigned);
    expect(() => openNote(note, noteVerifierKey({ name, privateKey: newNoteKey() }))).toThrow(unsigned);
  });

  test('error: what is no note', () => {
    const malformed = expect.objectContaining({ code: 'note-malformed' });
    const note = signNote(body, signer);
    for (const bad of ['', body, `${body}\n`, note.trimEnd(), note.replace('—', '-'), `${note}—\n`]) {
      expect(() => openNote(bad, key)).toThrow(malformed);
    }
    for (const text of ['no newline', 'a tab\t\n', '\ud800\n']) expect(() => signNote(text, signer)).toThrow(malformed);
  });

  test('error: what is no verifier key', () => {
    const malformed = expect.objectContaining({ code: 'note-key-malformed' });
    const otherId = key.replace(/\+[0-9a-f]{8}\+/, '+00000000+');
    for (const bad of ['', name, otherId, `${key}A`, `x${key}`]) {
      expect(() => openNote(signNote(body, signer), bad)).toThrow(malformed);
    }
    expect(() => noteVerifierKey({ ...signer, name: 'a b' })).toThrow(malformed);
  });
});
