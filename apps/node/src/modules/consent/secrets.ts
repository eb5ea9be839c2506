import { createHash, randomBytes } from 'node:crypto';

/** What a bearer token opens, told by its first letters, so that secret scanners and people can tell one from another. */
export type SecretKind = 'client' | 'user' | 'session' | 'peer' | 'app' | 'refresh' | 'invitation' | 'binding';

const PREFIX = {
  client: 'ana_c_',
  user: 'ana_u_',
  session: 'ana_s_',
  peer: 'ana_p_',
  app: 'ana_a_',
  refresh: 'ana_r_',
  invitation: 'ana_i_',
  binding: 'ana_b_',
} as const satisfies Record<SecretKind, string>;

/** A new bearer token of 256 random bits. It is shown once and never stored; keep {@link hashSecret} of it instead. */
export function newSecret(kind: SecretKind): string {
  return PREFIX[kind] + randomBytes(32).toString('base64url');
}

/** The SHA-256 of a token, in hex: what the database holds. A random token of 256 bits needs no slow hash (RFC 6819, 5.1.4.1.3). */
export function hashSecret(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Which kind of token this is, or null when it is none that a node of ours issued. */
export function secretKind(token: string): SecretKind | null {
  if (token.length > 64) return null;
  for (const kind of ['client', 'user', 'session', 'peer', 'app'] as const)
    if (token.startsWith(PREFIX[kind])) return kind;
  return null;
}
