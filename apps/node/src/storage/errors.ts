import { AnamnesisError } from '@anamnesis/protocol';

export type StorageErrorCode = 'storage-refused' | 'storage-unavailable' | 'storage-in-use' | 'storage-damaged';

/**
 * An error of the database. Neither message nor cause quotes a statement's values: PostgreSQL puts them into its details (`Key (id)=(…)
 * already exists`) and from there they would reach a log.
 */
export class StorageError extends AnamnesisError {
  override readonly name = 'StorageError';
  declare readonly code: StorageErrorCode;
  /** SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), where the database gave one. */
  readonly sqlState: string | null;
  /** Name of the constraint that a statement broke. */
  readonly constraint: string | null;

  constructor(code: StorageErrorCode, message: string, options?: { sqlState?: string; constraint?: string }) {
    super(code, message);
    this.sqlState = options?.sqlState ?? null;
    this.constraint = options?.constraint ?? null;
  }
}

/** An error of either driver as a `StorageError`. Errors of our own pass unchanged. */
export function asStorageError(error: unknown): Error {
  if (error instanceof AnamnesisError) return error;
  const { code, constraint, message } = error as { code?: unknown; constraint?: unknown; message?: unknown };
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) {
    const reason = typeof code === 'string' ? ` (${code})` : '';
    return new StorageError('storage-unavailable', `The database did not answer${reason}`);
  }
  // Class 42 is about the statement's text (a column that does not exist), never about values.
  const reason = code.startsWith('42') && typeof message === 'string' ? `${code}: ${message}` : code;
  const named = typeof constraint === 'string' ? { constraint } : {};
  return new StorageError('storage-refused', `The database refused a statement (${reason})`, {
    sqlState: code,
    ...named,
  });
}

/** True when the same work may succeed when it is run again: deadlock, serialisation failure. */
export function isRetryable(error: unknown): boolean {
  const { code, sqlState } = error as { code?: unknown; sqlState?: unknown };
  return [code, sqlState].some((state) => state === '40P01' || state === '40001');
}
