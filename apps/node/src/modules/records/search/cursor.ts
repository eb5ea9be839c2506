import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { badRequest } from '@anamnesis/protocol';

/**
 * Cursors: a place in the order of a search, with the search itself, so that a link to another page says nothing to who sees it pass: neither names nor codes
 * nor dates (https://hl7.org/fhir/R4/search.html#page leaves the form of page links to the server). AES-256-GCM; bound to the type and the compartment.
 */
export interface Cursor {
  /** The query without paging. */
  readonly query: string;
  /** Values of the sort keys at the end (or, backwards, at the beginning) of the page that it was made on. */
  readonly place: readonly unknown[];
  readonly backwards: boolean;
  /** Time of the first page, so that `ap` means the same on all of them. */
  readonly now: number;
}

const IV = 12;
const TAG = 16;
const MAX_LENGTH = 64 * 1024;
/** Longer ones are compressed, since a link must fit into the first line of a request. Only what was authenticated is inflated. */
const PLAIN_LENGTH = 400;
const PLAIN = 0;
const DEFLATED = 1;

/** Without a key of the organisation's, cursors are read by this process only. */
const ownKey = randomBytes(32);

export function sealCursor(cursor: Cursor, bound: string, key: Uint8Array = ownKey): string {
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(bound));
  const { query, place, backwards, now } = cursor;
  const text = Buffer.from(JSON.stringify([query, place, backwards, now]));
  const form = text.length > PLAIN_LENGTH ? DEFLATED : PLAIN;
  const packed = form === DEFLATED ? deflateRawSync(text) : text;
  return Buffer.concat([
    iv,
    cipher.update(Buffer.of(form)),
    cipher.update(packed),
    cipher.final(),
    cipher.getAuthTag(),
  ]).toString('base64url');
}

/** @throws OutcomeError 400 for what no page of this server's gave, or a page of another type or compartment. */
export function openCursor(text: string, bound: string, key: Uint8Array = ownKey): Cursor {
  const wrong = () => badRequest('_cursor is not from a page of this search');
  const bytes = Buffer.from(text.length > MAX_LENGTH ? '' : text, 'base64url');
  if (bytes.length <= IV + TAG) throw wrong();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV)).setAAD(Buffer.from(bound));
    decipher.setAuthTag(bytes.subarray(-TAG));
    const opened = Buffer.concat([decipher.update(bytes.subarray(IV, -TAG)), decipher.final()]);
    const text = opened[0] === DEFLATED ? inflateRawSync(opened.subarray(1)) : opened.subarray(1);
    const [query, place, backwards, now] = JSON.parse(text.toString('utf8')) as [string, unknown[], boolean, number];
    return { query, place, backwards, now };
  } catch {
    throw wrong();
  }
}
