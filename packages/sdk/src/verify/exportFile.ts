import {
  type Check as CheckOf,
  checkGrant,
  checks,
  type Grant,
  parseJson,
  type RecordProof,
} from '@anamnesis/protocol';
import type { Address } from 'viem';
import type { Resource } from '../fhir/types.ts';

/** A record version, or its deletion as a resource without content, and the proof that it is in the log. */
export interface ExportedRecord {
  readonly resource: Resource;
  readonly proof: RecordProof;
}

/** An access, as an AuditEvent, and the proof that it is in the access log. */
export interface ExportedAccess {
  readonly event: Resource;
  readonly proof: RecordProof;
}

/**
 * One patient's records with all that a stranger needs to check them. `profile` and `notes` (checkpoints signed by the log's key,
 * https://c2sp.org/tlog-checkpoint) let it be checked without the ledger; `consents` are those that the patient gave here.
 */
export interface ExportFile {
  readonly format: 'anamnesis-export/1';
  readonly chainId: number;
  readonly checkpoints: Address;
  readonly directory: Address;
  readonly consentsContract?: Address;
  readonly organization: number;
  readonly patient: string;
  readonly records: readonly ExportedRecord[];
  readonly accessLog: readonly ExportedAccess[];
  /** What the node holds and can no longer open: its content was changed behind the node's back. */
  readonly unreadable?: readonly { readonly reference: string }[];
  readonly profile?: string;
  readonly notes?: readonly string[];
  readonly consents?: readonly Grant[];
}

const MANY = 10_000_000;
const { address, fail, list, oneOf, text, whole } = checks('export-malformed');

const resource: CheckOf<Resource> = (value, path) =>
  typeof (value as Resource | null)?.resourceType === 'string' ? (value as Resource) : fail(path, 'a FHIR resource');

// Proofs are checked one by one while they are verified, so that a damaged one is named by its record.
const proof: CheckOf<RecordProof> = (value) => value as RecordProof;

/**
 * An export file from outside: its frame is of the right form; records and proofs are judged by `verifyExport`, one by one. Unknown
 * properties are passed over, so that a later version may say more.
 * @throws AnamnesisError `export-malformed`, naming the property.
 */
export function checkExportFile(value: unknown): ExportFile {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('export', 'an object');
  const file = value as Record<string, unknown>;
  const optional = <T>(name: string, check: CheckOf<T>) =>
    file[name] === undefined || file[name] === null ? {} : { [name]: check(file[name], name) };
  return {
    format: oneOf('anamnesis-export/1')(file.format, 'format'),
    chainId: whole(0, Number.MAX_SAFE_INTEGER)(file.chainId, 'chainId'),
    checkpoints: address(file.checkpoints, 'checkpoints'),
    directory: address(file.directory, 'directory'),
    organization: whole(1, 2 ** 32 - 1)(file.organization, 'organization'),
    patient: text(1, 200)(file.patient, 'patient'),
    records: list<ExportedRecord>((item, path) => {
      const record = item as ExportedRecord | null;
      return { resource: resource(record?.resource, `${path}.resource`), proof: proof(record?.proof, path) };
    }, MANY)(file.records, 'records'),
    accessLog: list<ExportedAccess>((item, path) => {
      const access = item as ExportedAccess | null;
      return { event: resource(access?.event, `${path}.event`), proof: proof(access?.proof, path) };
    }, MANY)(file.accessLog, 'accessLog'),
    ...optional(
      'unreadable',
      list(
        (item, path) => ({ reference: text(1, 400)((item as { reference?: unknown } | null)?.reference, path) }),
        MANY,
      ),
    ),
    ...optional('consentsContract', address),
    ...optional('profile', text(1, 262_144)),
    ...optional('notes', list(text(1, 65_536), MANY)),
    ...optional(
      'consents',
      list((item) => checkGrant(item), MANY),
    ),
  };
}

/**
 * Reads an export file's text, keeping the digits of every decimal.
 * @throws AnamnesisError `json-malformed` or `export-malformed`.
 */
export function parseExportFile(content: string): ExportFile {
  return checkExportFile(parseJson(content, { maxLength: Number.POSITIVE_INFINITY }));
}
