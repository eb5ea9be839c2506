import { badRequest, maskOfAll, SENSITIVE } from '@anamnesis/protocol';
import { isAddress } from 'viem';
import { type Erasable, isServedId, isServedType } from '../records/index.ts';
import type { Retention } from './receipt.ts';

/** What is to be erased, and why. */
export type ErasureRequest = { readonly reason: string } & (
  | { readonly patient: string; readonly what: Erasable; readonly retain: Retention | null }
  | { readonly received: { readonly custodian: number; readonly subject: `0x${string}` } }
);

/**
 * Reads a request: `{reason, patient}` for everything of a patient, with `classes` (names of sensitive classes) or `record` (`Type/id`) for a part of it; `retain:
 * {reason, until}` keeps her access log where a law asks for it. `{reason, received: {custodian, subject}}` for what came from another organisation. Errors: 400.
 */
export function readErasureRequest(body: unknown): ErasureRequest {
  const { reason, patient, classes, record, retain, received } = objectOf(body);
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 500)
    throw badRequest('reason must be 1 to 500 characters, without anything about health');
  if (received !== undefined) {
    const { custodian, subject } = objectOf(received);
    if (typeof custodian !== 'number' || typeof subject !== 'string' || !isAddress(subject, { strict: false }))
      throw badRequest('received must have custodian (a number) and subject (an address)');
    return { reason, received: { custodian, subject } };
  }
  if (typeof patient !== 'string' || !isServedId(patient)) throw badRequest('patient must be the id of a Patient');
  if (classes !== undefined && record !== undefined) throw badRequest('Either classes or record, not both');
  const what =
    classes !== undefined
      ? classesOf(classes)
      : record !== undefined
        ? recordOf(record)
        : ({ kind: 'patient' } as const);
  if (retain !== undefined && what.kind !== 'patient')
    throw badRequest('The access log stays in any case but that of a whole patient');
  return { reason, patient, what, retain: retain === undefined ? null : retentionOf(retain) };
}

function classesOf(value: unknown): Erasable {
  const known = Array.isArray(value) ? SENSITIVE.filter(({ name }) => value.includes(name)) : [];
  if (known.length === 0 || !Array.isArray(value) || known.length !== value.length)
    throw badRequest(`classes must name some of ${SENSITIVE.map(({ name }) => name).join(', ')}`);
  return { kind: 'class', sensitive: maskOfAll(known) };
}

function recordOf(value: unknown): Erasable {
  const [type = '', id = '', ...rest] = typeof value === 'string' ? value.split('/') : [];
  if (rest.length > 0 || !isServedType(type) || !isServedId(id)) throw badRequest('record must be Type/id');
  return { kind: 'record', type, id };
}

function retentionOf(value: unknown): Retention {
  const { reason, until } = objectOf(value);
  if (typeof reason !== 'string' || reason === '' || typeof until !== 'string' || Number.isNaN(Date.parse(until)))
    throw badRequest('retain must say reason and until (an instant)');
  return { what: 'access-log', reason, until: new Date(until).toISOString() };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest('The body must be a JSON object');
}
