import { AnamnesisError } from '@anamnesis/protocol';

/** Why something about a request for access is not done. The message may be shown to the caller. */
export type RequestErrorCode =
  | 'request-malformed'
  | 'request-unknown'
  | 'request-answered'
  | 'request-ended'
  | 'too-many-open'
  | 'custodian-unknown';

/** A request for access, or an answer to one, that is refused. */
export class RequestsError extends AnamnesisError {
  override readonly name = 'RequestsError';
  declare readonly code: RequestErrorCode;

  constructor(code: RequestErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
