import { AnamnesisError } from '@anamnesis/protocol';
import { DirectoryError, type DirectoryErrorCode } from '../directory/index.ts';

/** Every reason why an exchange with another organisation fails. */
export type ExchangeErrorCode =
  | 'invalid-request'
  | 'invalid-client'
  | 'invalid-grant'
  | 'unsupported-grant-type'
  | 'peer-unknown'
  | 'peer-inactive'
  | 'peer-profile'
  | 'peer-unreachable'
  | 'peer-slow'
  | 'peer-refused'
  | 'peer-answer'
  | 'peer-too-large'
  | 'emergency-refused'
  | 'emergency-unknown'
  | 'emergency-pending'
  | 'received-unknown'
  | 'received-refused';

/** A failed exchange. The message names the organisation and what went wrong, never what a record says. */
export class ExchangeError extends AnamnesisError {
  override readonly name = 'ExchangeError';
  declare readonly code: ExchangeErrorCode;
  /** The peer's HTTP status or its refusal's reason, where there is one. */
  readonly detail: string | null;

  constructor(code: ExchangeErrorCode, message: string, options?: { cause?: unknown; detail?: string }) {
    super(code, message, options);
    this.detail = options?.detail ?? null;
  }
}

/** The `error` of an OAuth 2.0 error response (RFC 6749, 5.2) for a failure at the token endpoint. */
export function oauthError(error: ExchangeError): string {
  if (error.code === 'invalid-client' || error.code === 'peer-unknown' || error.code === 'peer-inactive')
    return 'invalid_client';
  if (error.code === 'invalid-grant') return 'invalid_grant';
  if (error.code === 'unsupported-grant-type') return 'unsupported_grant_type';
  if (error.code === 'peer-profile' || error.code === 'peer-unreachable' || error.code === 'peer-slow')
    return 'invalid_client';
  return 'invalid_request';
}

const FROM_DIRECTORY: Readonly<Record<DirectoryErrorCode, ExchangeErrorCode>> = {
  'organization-unknown': 'peer-unknown',
  'organization-inactive': 'peer-inactive',
  'profile-mismatch': 'peer-profile',
  'profile-malformed': 'peer-profile',
  'address-refused': 'peer-profile',
  unreachable: 'peer-unreachable',
  timeout: 'peer-slow',
  'too-large': 'peer-too-large',
  status: 'peer-answer',
};

/** A failed look at a peer as a failed exchange; any other error as it is. */
export function asExchangeError(error: unknown): unknown {
  if (!(error instanceof DirectoryError)) return error;
  return new ExchangeError(FROM_DIRECTORY[error.code], error.message, { cause: error });
}
