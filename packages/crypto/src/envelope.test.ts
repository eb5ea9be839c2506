import { describe, expect, test } from 'vitest';
import { newKey, openEnvelope, sealEnvelope, unwrapKey, wrapKey } from './envelope.ts';

const key = newKey();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const unreadable = expect.objectContaining({ code: 'envelope-unreadable' });

describe('envelope', () => {
  test('default: a text and bytes come back', () => {
    expect(text(openEnvelope(key, sealEnvelope(key, 'João €😀', 'Patient/1'), 'Patient/1'))).toBe('João €😀');
    const bytes = Uint8Array.of(0, 1, 255);
    const opened = openEnvelope(key, sealEnvelope(key, bytes, Uint8Array.of(7)), Uint8Array.of(7));
    expect(Uint8Array.from(opened)).toEqual(bytes);
    expect(openEnvelope(key, sealEnvelope(key, '', ''), '')).toHaveLength(0);
  });

  test('behavior: the same text is never sealed the same', () => {
    expect(sealEnvelope(key, 'x', 'a')).not.toEqual(sealEnvelope(key, 'x', 'a'));
    expect(sealEnvelope(key, 'x', 'a')).toHaveLength(1 + 12 + 1 + 16);
  });

  test('behavior: a key is wrapped under a master key', () => {
    const master = newKey();
    const wrapped = wrapKey(master, key, 'patient 1');
    expect(unwrapKey(master, wrapped, 'patient 1')).toEqual(key);
    expect(() => unwrapKey(key, wrapped, 'patient 1')).toThrow(unreadable);
    expect(() => unwrapKey(master, wrapped, 'patient 2')).toThrow(unreadable);
    expect(() => openEnvelope(master, wrapped, 'patient 1')).toThrow(unreadable);
  });

  test('error: one byte changed, or cut', () => {
    const sealed = sealEnvelope(key, 'a record', 'Patient/1');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => openEnvelope(key, changed, 'Patient/1')).toThrow(unreadable);
      expect(() => openEnvelope(key, sealed.subarray(0, at), 'Patient/1')).toThrow(unreadable);
    }
  });

  test('error: another key, place or kind', () => {
    const sealed = sealEnvelope(key, 'a record', 'Patient/1/_history/1');
    expect(() => openEnvelope(newKey(), sealed, 'Patient/1/_history/1')).toThrow(unreadable);
    expect(() => openEnvelope(key, sealed, 'Patient/1/_history/2')).toThrow(unreadable);
    const asKey = Uint8Array.from(sealEnvelope(key, newKey(), 'k'));
    asKey[0] = 2;
    expect(() => unwrapKey(key, asKey, 'k')).toThrow(unreadable);
  });

  test('error: a key of another length', () => {
    for (const bad of [new Uint8Array(0), new Uint8Array(16), new Uint8Array(33)]) {
      expect(() => sealEnvelope(bad, 'x', 'a')).toThrow(expect.objectContaining({ code: 'key-malformed' }));
      expect(() => wrapKey(key, bad, 'a')).toThrow(expect.objectContaining({ code: 'key-malformed' }));
    }
  });
});
