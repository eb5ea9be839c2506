import { AnamnesisError } from '@anamnesis/protocol';

/** Every reason why a request is not let in or not allowed. Refusals of consent carry the reason of the decision. */
export type ConsentErrorCode =
  | 'token-unknown'
  | 'token-expired'
  | 'session-invalid'
  | 'session-expired'
  | 'session-replayed'
  | 'signature-invalid'
  | 'subject-unknown'
  | 'subject-linked-elsewhere'
  | 'patient-linked-already'
  | 'patient-not-linked'
  | 'consent-malformed'
  | 'consent-unknown'
  | 'consent-refused'
  | 'refusal-malformed';

/** A request that authentication or consent refuses. The message may be shown to the caller; it holds no clinical content. */
export class ConsentError extends AnamnesisError {
  override readonly name = 'ConsentError';
  declare readonly code: ConsentErrorCode;
  /** The reason of the decision where a consent denied (`revoked`, `expired`, …). */
  readonly reason: string | null;

  constructor(code: ConsentErrorCode, message: string, options?: { cause?: unknown; reason?: string }) {
    super(code, message, options);
    this.reason = options?.reason ?? null;
  }
}
