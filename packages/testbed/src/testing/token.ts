import { randomUUID } from 'node:crypto';
import { encodeGrant, type Grant, toBase64Url, utf8 } from '@anamnesis/protocol';
import type { TestbedNode } from '../testbed.ts';

/** Claims of a client assertion (RFC 7523) that differ from what an honest node signs. Times in seconds since 1970. */
export type AssertionChanges = Partial<Record<'iss' | 'sub' | 'aud' | 'jti' | 'iat' | 'exp', unknown>>;

/** A client assertion of `from` toward `to`, signed with ES384 as `from` does it, or with the key of `signer`. */
export async function clientAssertion(
  from: TestbedNode,
  to: TestbedNode,
  changes: AssertionChanges = {},
  signer: TestbedNode = from,
): Promise<string> {
  const { signingKey, profileUrl } = from.running.context;
  const now = Math.floor(Date.now() / 1000);
  const honest = { iss: profileUrl, sub: profileUrl, aud: to.running.context.tokenUrl, jti: randomUUID() };
  const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
  const header = part({ alg: 'ES384', typ: 'JWT', kid: signingKey.kid });
  const signed = `${header}.${part({ ...honest, iat: now, exp: now + 240, ...changes })}`;
  const { key_ops: _, ext: __, ...jwk } = signer.running.context.signingKey;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
  const signature = await crypto.subtle.sign(algorithm, key, Buffer.from(signed));
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
}

/** Presents a consent at `to`'s token endpoint as `from` would, without `from` looking at it first. Null leaves a parameter out. */
export async function askToken(
  from: TestbedNode,
  to: TestbedNode,
  grant: Grant,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<Response> {
  const parameters = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: 'client_assertion' in changes ? null : await clientAssertion(from, to),
    consent: encodeGrant(grant),
    purpose: 'TREAT',
    ...changes,
  };
  const given = Object.entries(parameters).filter((one): one is [string, string] => one[1] !== null);
  return fetch(to.running.context.tokenUrl, { method: 'POST', body: new URLSearchParams(given) });
}
