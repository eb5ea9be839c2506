/** What is said when a device or the node did not do what was asked. Keys of `problem.*`. */
export type Problem =
  | 'cancelled'
  | 'already'
  | 'unknown'
  | 'locked'
  | 'another'
  | 'code'
  | 'often'
  | 'offline'
  | 'last'
  | 'unsupported'
  | 'other';

const CODES: Readonly<Record<string, Problem>> = {
  unauthorized: 'unknown',
  forbidden: 'unknown',
  'account-locked': 'locked',
  'another-account': 'another',
  'not-found': 'code',
  'too-many-requests': 'often',
  network: 'offline',
  unavailable: 'offline',
  'last-way': 'last',
};

export function problemOf(error: unknown): Problem {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'NotAllowedError' || name === 'AbortError') return 'cancelled';
  if (name === 'InvalidStateError') return 'already';
  if (name === 'NotSupportedError' || name === 'SecurityError' || typeof PublicKeyCredential === 'undefined') {
    return 'unsupported';
  }
  return (typeof code === 'string' && CODES[code]) || 'other';
}
