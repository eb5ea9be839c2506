import { AnamnesisError, type Session, sessionTypedData } from '@anamnesis/protocol';
import { type Address, bytesToHex, type Hex } from 'viem';
import type { Connection } from '../client/connection.ts';
import type { Credentials } from '../client/credentials.ts';
import type { Signer } from './signer.ts';

/** How a patient signs in at a node. */
export interface SessionParameters {
  readonly signer: Signer;
  /** Directory id of the node's organisation: a session opened with one organisation is worth nothing at another. */
  readonly organization: number;
  readonly chainId: number;
  /** The subject, when its key was rotated and `signer` is its present controller. Default the signer's address. */
  readonly subject?: Address | undefined;
  /** Seconds until the session ends. Default 900. */
  readonly lifetime?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An open session. `notAfter` is in seconds since 1970. */
export interface OpenSession {
  readonly token: string;
  readonly notAfter: number;
}

/** Signs a `Session` (EIP-712): the proof, good once, that its holder has the key of a subject. */
export async function signSession(
  parameters: Omit<SessionParameters, 'signal'>,
): Promise<Session & { readonly signature: Hex }> {
  const session = {
    subject: parameters.subject ?? parameters.signer.address,
    organization: parameters.organization,
    notAfter: Math.floor(Date.now() / 1000) + (parameters.lifetime ?? 900),
    nonce: bytesToHex(crypto.getRandomValues(new Uint8Array(32))),
  };
  return {
    ...session,
    signature: await parameters.signer.signTypedData(sessionTypedData(session, parameters.chainId)),
  };
}

/**
 * Opens a patient's session: the subject's controller signs a `Session` (EIP-712) and the node answers with a bearer token.
 * Throws RequestError `unauthorized` when the node does not know the subject or the signature is not its controller's.
 */
export async function openSession(connection: Connection, parameters: SessionParameters): Promise<OpenSession> {
  const session = await signSession(parameters);
  const reply = await connection.request({
    method: 'POST',
    path: '/auth/session',
    body: session,
    authenticated: false,
    signal: parameters.signal,
  });
  const body = reply.body() as { token?: unknown; access_token?: unknown };
  const token = body.token ?? body.access_token;
  if (typeof token !== 'string') throw new AnamnesisError('malformed-answer', 'the node opened no session');
  return { token, notAfter: session.notAfter };
}

/** Credentials that open a session when first needed and a new one when it ends. */
export function sessionCredentials(connection: Connection, parameters: Omit<SessionParameters, 'signal'>): Credentials {
  let current: Promise<OpenSession> | undefined;
  const open = (signal?: AbortSignal): Promise<OpenSession> => {
    const opened = openSession(connection, { ...parameters, signal });
    // A failed attempt is not remembered, so the next request tries again.
    opened.catch(() => {
      if (current === opened) current = undefined;
    });
    current = opened;
    return opened;
  };
  return {
    async authorization(signal) {
      let session = await (current ?? open(signal));
      if (session.notAfter - 30 < Date.now() / 1000) session = await open(signal);
      return `Bearer ${session.token}`;
    },
    async renew(signal) {
      await open(signal);
    },
  };
}
