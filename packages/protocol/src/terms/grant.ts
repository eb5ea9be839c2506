import type { Hex } from 'viem';
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../bytes.ts';
import { checks } from '../check.ts';
import { AnamnesisError } from '../errors.ts';
import { parseJson } from '../json/index.ts';
import { checkProxyChain, checkTerms } from './check.ts';
import type { ProxyLink } from './proxy.ts';
import type { ConsentTerms } from './terms.ts';

/** A signed consent, as patient, custodian and grantee hand it to one another. */
export interface Grant {
  readonly terms: ConsentTerms;
  /** Of the subject's controller, or of the last proxy: 65 bytes of ECDSA, or what a contract account takes (ERC-1271). */
  readonly signature: Hex;
  /** From the subject to the proxy that signed; absent when its controller signed. */
  readonly chain?: readonly ProxyLink[];
}

const MAX_SIGNATURE = 4096;
const MAX_TEXT = 16_384;
const { hex, object } = checks('grant-malformed');
const readGrant = object<Grant>(
  { terms: checkTerms, signature: hex(1, MAX_SIGNATURE), chain: (value) => checkProxyChain(value, 'grant.chain') },
  ['chain'],
);

/**
 * A grant from outside; its signature is not verified here.
 * @throws AnamnesisError `grant-malformed` or `terms-malformed`.
 */
export function checkGrant(value: unknown): Grant {
  return readGrant(value, 'grant');
}

/** The grant as one word, for a token request: base64url of its JSON. */
export function encodeGrant(grant: Grant): string {
  return toBase64Url(utf8(JSON.stringify(checkGrant(grant))));
}

/**
 * Reads what `encodeGrant` wrote.
 * @throws AnamnesisError `grant-malformed` or `terms-malformed`.
 */
export function decodeGrant(text: string): Grant {
  const bytes = text.length > MAX_TEXT ? null : fromBase64Url(text);
  if (!bytes) throw new AnamnesisError('grant-malformed', 'A grant must be base64url of bounded length');
  let value: unknown;
  try {
    value = parseJson(fromUtf8(bytes), { maxDepth: 8 });
  } catch (cause) {
    throw new AnamnesisError('grant-malformed', 'A grant must be base64url of JSON', { cause });
  }
  return checkGrant(value);
}
