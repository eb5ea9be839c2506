import type { Connection } from '../client/connection.ts';
import type { Resource } from '../fhir/types.ts';
import { API_BASE } from './base.ts';

/** System of the code that marks what patients contribute: `note`, `correction`, and `reply` for what staff answer to notes. */
export const CONTRIBUTED = 'https://anamnesis.example/code/contributed';

/** A note as it was kept: a Communication, or a Task for a correction. */
export interface KeptNote {
  /** `Type/id`. */
  readonly reference: string;
  readonly resource: Resource;
}

/**
 * A patient's note, or her request to correct a record (`about`, such as `Observation/7`), in her own record. Give `id` (a random UUID) to make sending it
 * again the same note. Read them as FHIR: `Communication?category=…|note`, `Task?code=…|correction` of system {@link CONTRIBUTED}. At most 20,000 characters.
 * Throws RequestError `invalid`, `not-found` when what it is about is not hers.
 */
export async function writeNote(
  connection: Connection,
  parameters: {
    readonly id?: string | undefined;
    readonly kind: 'note' | 'correction';
    readonly text: string;
    readonly about?: string | undefined;
  },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<KeptNote> {
  const path = `${API_BASE}/notes`;
  return (await connection.request({ method: 'POST', path, body: parameters, ...options })).body() as KeptNote;
}

/**
 * What staff answer: to a note a text, to a correction a `decision` with a text. `corrected` makes the next version of the record and completes the request by
 * it, in one step: a Provenance links the two versions and the request. The patient is told.
 * Throws RequestError `invalid`, `not-found`, `conflict` when it is finished, was changed at the same time, or the record says that already.
 */
export async function answerNote(
  connection: Connection,
  parameters: {
    readonly reference: string;
    readonly text: string;
    readonly decision?: 'accepted' | 'rejected' | 'completed' | undefined;
    /** With `completed`: the record as it ought to be. */
    readonly corrected?: Resource | undefined;
  },
  options: { signal?: AbortSignal | undefined } = {},
): Promise<KeptNote> {
  const path = `${API_BASE}/notes/answers`;
  return (await connection.request({ method: 'POST', path, body: parameters, ...options })).body() as KeptNote;
}
