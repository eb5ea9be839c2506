import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readIntakeSettings } from '../../../config/index.ts';
import * as messages from '../../../testing/intake/hl7.ts';
import { SETTINGS } from '../../../testing/intake/world.ts';
import { IntakeRefusal } from '../refusal.ts';
import { dateTimeOf } from '../times.ts';
import { escapeText, STANDARD, unescapeText } from './escapes.ts';
import { Frames, frame } from './frames.ts';
import { mapMessage } from './map.ts';
import { readMessage } from './message.ts';

const utf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
const settings = readIntakeSettings(SETTINGS, () => '');
const texts = [
  messages.ADMISSION,
  messages.RESULTS,
  messages.CORRECTION,
  messages.ORDER,
  messages.LETTER,
  messages.MERGE,
];

/** Reads and maps; anything but a message or a refusal is a fault of ours. */
function taken(bytes: Uint8Array): boolean {
  try {
    const message = readMessage(bytes, 'UNICODE UTF-8');
    const sender = settings.senders.find(({ application }) => application === message.msh.at(3)) ?? settings.senders[0];
    if (sender === undefined) return false;
    mapMessage(message, settings, sender, bytes);
    return true;
  } catch (error) {
    if (error instanceof IntakeRefusal) return false;
    throw error;
  }
}

describe('HL7 v2, whatever comes', () => {
  test('behavior: a text that is escaped comes back as it was, whatever the separators', () => {
    const piece = fc.oneof(
      fc.constantFrom(...'|^~\\&#:*!%\r\né€𝄞'),
      fc.constantFrom('\\F\\', '.br', 'X41'),
      fc.string(),
    );
    const text = fc.array(piece).map((pieces) => pieces.join(''));
    const separators = fc.constantFrom(STANDARD, {
      field: '#',
      component: ':',
      repetition: '*',
      escaping: '!',
      subcomponent: '%',
    });
    fc.assert(
      fc.property(text, separators, (text, delimiters) => {
        const escaped = escapeText(text, delimiters);
        const { field, component, repetition, subcomponent } = delimiters;
        expect([field, component, repetition, subcomponent, '\r', '\n'].some((one) => escaped.includes(one))).toBe(
          false,
        );
        expect(unescapeText(escaped, delimiters, utf8)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('behavior: a stream gives the same messages however it is cut', () => {
    const content = fc
      .uint8Array({ maxLength: 40 })
      .map((bytes) => bytes.filter((byte) => byte !== 0x0b && byte !== 0x1c));
    fc.assert(
      fc.property(fc.array(content, { maxLength: 5 }), fc.array(fc.nat(60), { maxLength: 20 }), (contents, cuts) => {
        const stream = Buffer.concat(contents.map(frame));
        const frames = new Frames(1_000);
        const found: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          found.push(...frames.take(stream.subarray(at, at + cut)).messages);
          at += cut;
        }
        expect(found.map((one) => [...one])).toEqual(contents.map((one) => [...one]));
        expect(frames.isInside).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test('behavior: any bytes are a message or refused', () => {
    const start = Buffer.from('MSH|^~\\&|PAS|ALDHELM|||2026||ADT^A08|1|P|2.5\rPID|');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ maxLength: 400 }).map((more) => Buffer.concat([start, more])),
    );
    fc.assert(
      fc.property(bytes, (one) => void taken(one)),
      { numRuns: 3_000 },
    );
    expect(texts.map((text) => taken(messages.bytesOf(text)))).toEqual(texts.map(() => true));
  });

  test('behavior: a message with a few characters changed is mapped or refused', () => {
    const change = fc.record({
      at: fc.nat(1_500),
      drop: fc.nat(4),
      put: fc.constantFrom('', '|', '^', '~', '&', '\\', '""', '0', 'é', '\r', 'A40', '9999'),
    });
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
        const changed = changes.reduce((one, { at, drop, put }) => {
          const place = at % one.length;
          return one.slice(0, place) + put + one.slice(place + drop);
        }, text);
        taken(messages.bytesOf(changed));
      }),
      { numRuns: 3_000 },
    );
  });

  test('behavior: a moment is a FHIR dateTime or refused', () => {
    const moment = fc.oneof(fc.stringMatching(/^\d{4,14}(?:\.\d{1,4})?(?:[+-]\d{4})?$/), fc.string());
    const form =
      /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([+-](0\d|1[0-4]):[0-5]\d))?)?)?$/;
    fc.assert(
      fc.property(moment, fc.constantFrom('Europe/Lisbon', 'Asia/Kathmandu', 'America/St_Johns'), (text, zone) => {
        const value = dateTimeOf(text, zone);
        if (value !== null) expect(value).toMatch(form);
      }),
      { numRuns: 3_000 },
    );
    expect(dateTimeOf('20260701120000', 'America/New_York')).toBe('2026-07-01T12:00:00-04:00');
    expect(dateTimeOf('202601011200', 'Asia/Kathmandu')).toBe('2026-01-01T12:00:00+05:45');
    expect(dateTimeOf('2026110310', 'UTC')).toBe('2026-11-03');
    expect([dateTimeOf('20260229', 'UTC'), dateTimeOf('20261301', 'UTC'), dateTimeOf('202', 'UTC')]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
