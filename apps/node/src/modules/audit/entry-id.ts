import { randomUUID } from 'node:crypto';

/**
 * A new id of an AuditEvent, a UUID of version 7 (RFC 9562 section 5.7): its first 48 bits are the time, so that the index of ids grows at its end. At random
 * places each entry would touch a page of its own, which the database writes whole after every checkpoint. It tells no more than `recorded` does.
 * @param at milliseconds since 1970.
 */
export function entryId(at: number): string {
  const time = Math.max(0, Math.trunc(at)).toString(16).padStart(12, '0');
  // Of version 4 the random bits behind the version are kept: 12, the variant, 62.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
