import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import type { Deployment } from '@anamnesis/ledger';
import { keysPath, type NodeConfig, openNodeKeys, profileUrl } from '@anamnesis/node';
import {
  ACTIONS,
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  type ContractDomain,
  consentDomain,
  encodeGrant,
  type Grant,
  maskOf,
  maskOfAll,
  PURPOSES,
  SENSITIVE,
  toBase64Url,
  utf8,
} from '@anamnesis/protocol';
import { createClient, newSeed, type Signer, subjectAccount } from '@anamnesis/sdk';
import { type Address, type Hex, toHex } from 'viem';

/** The domain in which consents of a deployment are signed. */
export function domainOf({ chainId, consents }: Deployment): ContractDomain {
  return consentDomain(chainId, consents);
}

/** Terms by which a subject lets an organisation read everything, for a day. */
export function termsFor(subject: Address, grantee: number, index = 0): ConsentTerms {
  const now = Math.floor(Date.now() / 1000);
  return {
    ...{ subject, grantee, index, epoch: 0, recipient: ANYONE },
    // All classes: a measurement with a remark is unclassified.
    sensitive: maskOfAll(SENSITIVE),
    categories: maskOfAll(CATEGORIES),
    purposes: maskOf(PURPOSES, ['TREAT']),
    actions: maskOf(ACTIONS, ['read']),
    ...{ careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END, validFrom: now - 60, validUntil: now + 86_400 },
    salt: toHex(crypto.getRandomValues(new Uint8Array(32))),
  };
}

/** A consent as a node took it in. */
export interface HeldConsent {
  readonly grant: Grant;
  readonly id: Hex;
  readonly signer: Signer;
}

/** A patient of a node links a new subject at the desk and lets `grantee` read: over HTTP, as it happens. */
export async function consentAt(
  node: { readonly url: string; readonly config: NodeConfig },
  desk: string,
  patient: string,
  grantee: number,
): Promise<HeldConsent> {
  const { organization, deployment } = node.config;
  const { chainId } = deployment;
  const signer = subjectAccount(newSeed(), { chainId, organization });
  const client = createClient({ baseUrl: node.url, token: desk });
  await client.linkSubject({ patient: patient.replace('Patient/', ''), organization, chainId, signer });
  const given = { terms: termsFor(signer.address, grantee), domain: domainOf(deployment), signer };
  const { terms, signature, id } = await client.grantConsent(given);
  return { grant: { terms, signature }, id, signer };
}

/** The access token that `grantee` gets at a custodian for a consent (SMART Backend Services, ES384), as its node would ask for it. */
export async function peerToken(grantee: NodeConfig, custodian: NodeConfig, grant: Grant): Promise<string> {
  const { signing } = await openNodeKeys(keysPath(grantee));
  const issuer = profileUrl(grantee.publicUrl);
  const audience = `${custodian.publicUrl}/auth/token`;
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
  const claims = { iss: issuer, sub: issuer, aud: audience, jti: randomUUID(), iat: now, exp: now + 240 };
  const signed = `${part({ alg: 'ES384', typ: 'JWT', kid: signing.kid })}.${part(claims)}`;
  const key = createPrivateKey({ key: { ...signing }, format: 'jwk' });
  const signature = sign('sha384', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  const answer = await fetch(audience, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${signed}.${toBase64Url(signature)}`,
      consent: encodeGrant(grant),
      purpose: 'TREAT',
    }),
  });
  const read = (await answer.json()) as { access_token?: string };
  if (read.access_token === undefined) throw new Error(`no access token: ${JSON.stringify(read)}`);
  return read.access_token;
}
