import { AnamnesisError } from '@anamnesis/protocol';

/** What the command's exit code says; part of the interface, so a number never changes its meaning. */
export const EXIT = {
  ok: 0,
  other: 1,
  usage: 2,
  notSignedIn: 3,
  consentRefused: 4,
  notFound: 5,
  conflict: 6,
  network: 7,
  verificationFailed: 8,
  interrupted: 130,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  'invalid-argument': EXIT.usage,
  'code-unknown': EXIT.usage,
  unauthorized: EXIT.notSignedIn,
  forbidden: EXIT.notSignedIn,
  'account-locked': EXIT.notSignedIn,
  'consent-refused': EXIT.consentRefused,
  'not-found': EXIT.notFound,
  conflict: EXIT.conflict,
  network: EXIT.network,
  unavailable: EXIT.network,
  'ledger-unreachable': EXIT.network,
  'verification-failed': EXIT.verificationFailed,
  cancelled: EXIT.interrupted,
};

/** The exit code for an error: by its code, `other` for any that has no number of its own. */
export function exitCodeOf(error: unknown): number {
  return (error instanceof AnamnesisError ? BY_CODE[error.code] : undefined) ?? EXIT.other;
}
