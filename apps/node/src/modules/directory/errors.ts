import { AnamnesisError } from '@anamnesis/protocol';

/** Every reason why another organisation cannot be found or reached. */
export type DirectoryErrorCode =
  | 'organization-unknown'
  | 'organization-inactive'
  | 'profile-mismatch'
  | 'profile-malformed'
  | 'address-refused'
  | 'unreachable'
  | 'timeout'
  | 'too-large'
  | 'status';

/** A failed look at the Directory or at a peer. `status` is the peer's HTTP status where it answered with one. */
export class DirectoryError extends AnamnesisError {
  override readonly name = 'DirectoryError';
  declare readonly code: DirectoryErrorCode;
  readonly status: number | null;

  constructor(code: DirectoryErrorCode, message: string, options?: { cause?: unknown; status?: number }) {
    super(code, message, options);
    this.status = options?.status ?? null;
  }
}
