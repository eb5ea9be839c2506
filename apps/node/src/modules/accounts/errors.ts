import { AnamnesisError } from '@anamnesis/protocol';

/** Why something about an account is not done. The message may be shown to the caller. */
export type AccountErrorCode =
  | 'account-malformed'
  | 'account-unknown'
  | 'account-exists'
  | 'account-changed'
  | 'enrolment-unknown'
  | 'lock-unknown'
  | 'lock-last'
  | 'sign-in-refused'
  | 'guardians-unset'
  | 'recovery-running'
  | 'recovery-early'
  | 'recovery-ended';

/** An operation on an account that is refused. */
export class AccountError extends AnamnesisError {
  override readonly name = 'AccountError';
  declare readonly code: AccountErrorCode;

  constructor(code: AccountErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
