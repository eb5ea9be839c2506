import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import { AnamnesisError, fromUtf8, parseStoredJson } from '@anamnesis/protocol';
import { type ContentKey, type ContentKeys, type Queryable, StorageError } from '../../storage/index.ts';
import { versionReference } from './access.ts';
import { labelled, labelledText } from './labels.ts';
import type { FhirResource } from './search/index.ts';

/** A record version as its row keeps it: canonical JSON under a content key, bound to its type, id and version. */
export interface SealedVersion {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly key_id: string;
  readonly content: Uint8Array;
}

/** A record version, opened. */
export interface OpenedVersion<Row extends SealedVersion> {
  readonly row: Row;
  readonly resource: FhirResource;
}

/** Encrypts the canonical text of a version. */
export function sealContent(
  key: ContentKey,
  version: { type: string; id: string; version: number },
  text: string,
): Uint8Array {
  return sealEnvelope(key.secret, text, versionReference(version));
}

/** Encrypts the salt of a version's commitment. */
export function sealSalt(
  key: ContentKey,
  version: { type: string; id: string; version: number },
  salt: Uint8Array,
): Uint8Array {
  return sealEnvelope(key.secret, salt, saltPlace(version));
}

/**
 * Opens versions, in their order. Errors: `key-erased`; `storage-damaged`, naming the version, when a row was changed in the database or
 * stands in another's place.
 */
export async function openContents<Row extends SealedVersion>(
  keys: ContentKeys,
  q: Queryable,
  rows: readonly Row[],
): Promise<OpenedVersion<Row>[]> {
  const held = await keys.withIds(
    q,
    rows.map((row) => row.key_id),
  );
  return rows.map((row) => {
    const text = fromUtf8(unseal(held.get(row.key_id), row.content, row, versionReference(row)));
    return { row, resource: parseStoredJson(text) as FhirResource };
  });
}

/** Opens versions to be shown: with the labels of their sensitive classes. Errors as `openContents`. */
export async function showContents<Row extends SealedVersion & { readonly sensitive: number }>(
  keys: ContentKeys,
  q: Queryable,
  rows: readonly Row[],
): Promise<OpenedVersion<Row>[]> {
  const opened = await openContents(keys, q, rows);
  return opened.map(({ row, resource }) => ({ row, resource: labelled(resource, row.sensitive) }));
}

/** The texts of versions to be shown: canonical where no label is added. Errors as `openContents`. */
export async function showTexts<Row extends SealedVersion & { readonly sensitive: number }>(
  keys: ContentKeys,
  q: Queryable,
  rows: readonly Row[],
): Promise<string[]> {
  const held = await keys.withIds(
    q,
    rows.map((row) => row.key_id),
  );
  return rows.map((row) =>
    labelledText(fromUtf8(unseal(held.get(row.key_id), row.content, row, versionReference(row))), row.sensitive),
  );
}

/** The canonical texts of versions, in their order; null where the key was erased. Errors: `storage-damaged`, as `openContents`. */
export async function openTexts<Row extends SealedVersion>(
  keys: ContentKeys,
  q: Queryable,
  rows: readonly Row[],
): Promise<(string | null)[]> {
  const held = await keys.presentOf(
    q,
    rows.map((row) => row.key_id),
  );
  return rows.map((row) => {
    const key = held.get(row.key_id);
    return key === undefined ? null : fromUtf8(unseal(key, row.content, row, versionReference(row)));
  });
}

/** Opens the salts of versions, in their order. Errors as `openContents`. */
export async function openSalts(
  keys: ContentKeys,
  q: Queryable,
  rows: readonly (Omit<SealedVersion, 'content'> & { readonly salt: Uint8Array })[],
): Promise<Uint8Array[]> {
  const held = await keys.withIds(
    q,
    rows.map((row) => row.key_id),
  );
  return rows.map((row) => unseal(held.get(row.key_id), row.salt, row, saltPlace(row)));
}

function unseal(
  key: ContentKey | undefined,
  envelope: Uint8Array,
  version: { type: string; id: string; version: number },
  place: string,
): Uint8Array {
  if (key === undefined) throw new AnamnesisError('key-erased', 'The content key was erased');
  try {
    return openEnvelope(key.secret, envelope, place);
  } catch {
    throw new StorageError('storage-damaged', `The stored record ${versionReference(version)} was changed or moved`);
  }
}

function saltPlace(version: { type: string; id: string; version: number }): string {
  return `${versionReference(version)}#salt`;
}
