import { checks } from '../check.ts';
import { ACTIONS, type BitTable, CATEGORIES, maskOfAll, PURPOSES, SENSITIVE } from '../codes.ts';
import type { ProxyLink, ProxyTerms } from './proxy.ts';
import { CARE_OPEN_END, CARE_OPEN_START, type ConsentTerms } from './terms.ts';

const { address, fail, hex, list, object, whole } = checks('terms-malformed');

const UINT32 = 2 ** 32 - 1;
const UINT48 = 2 ** 48 - 1;
const uint32 = whole(0, UINT32);
const uint48 = whole(0, UINT48);
const int48 = whole(CARE_OPEN_START, CARE_OPEN_END);

const readTerms = object<ConsentTerms>({
  subject: address,
  epoch: uint32,
  index: uint32,
  grantee: whole(1, UINT32),
  recipient: hex(32),
  categories: mask(CATEGORIES),
  sensitive: mask(SENSITIVE),
  purposes: mask(PURPOSES),
  actions: mask(ACTIONS),
  careFrom: int48,
  careUntil: int48,
  validFrom: uint48,
  validUntil: uint48,
  salt: hex(32),
});

const readProxyTerms = object<ProxyTerms>({
  subject: address,
  epoch: uint32,
  index: uint32,
  proxy: address,
  kind: whole(1, 255),
  parent: hex(32),
  categories: mask(CATEGORIES),
  sensitive: mask(SENSITIVE),
  purposes: mask(PURPOSES),
  actions: mask(ACTIONS),
  validFrom: uint48,
  validUntil: uint48,
  salt: hex(32),
});

/** Signatures of contract accounts have no length of their own. */
const MAX_SIGNATURE = 4096;
const MAX_DEPTH = 3;

/**
 * Proxy terms from outside, as {@link checkTerms} checks those of a consent.
 * @throws AnamnesisError `terms-malformed`, naming the field.
 */
export function checkProxyTerms(value: unknown, path = 'proxy'): ProxyTerms {
  const terms = readProxyTerms(value, path);
  if (terms.validUntil <= terms.validFrom) fail(`${path}.validUntil`, 'later than validFrom');
  return terms;
}

/**
 * A chain of proxy terms from outside: 1 to 3 links. Its signatures and scopes are not verified here.
 * @throws AnamnesisError `terms-malformed`, naming the field.
 */
export function checkProxyChain(value: unknown, path = 'chain'): readonly ProxyLink[] {
  const readLink = object<ProxyLink>({ terms: checkProxyTerms, signature: hex(1, MAX_SIGNATURE) });
  const chain = list(readLink, MAX_DEPTH)(value, path);
  return chain.length === 0 ? fail(path, 'a list of at least one') : chain;
}

/**
 * Consent terms from outside: every field, each of its type and range, no other; only bits that the code tables name (what is not
 * understood is not granted); periods that end after they begin. Whether they are signed and in force is another question.
 * @throws AnamnesisError `terms-malformed`, naming the field.
 */
export function checkTerms(value: unknown, path = 'terms'): ConsentTerms {
  const terms = readTerms(value, path);
  if (terms.validUntil <= terms.validFrom) fail(`${path}.validUntil`, 'later than validFrom');
  if (terms.careUntil <= terms.careFrom) fail(`${path}.careUntil`, 'later than careFrom');
  return terms;
}

function mask(table: BitTable) {
  const known = maskOfAll(table);
  return (value: unknown, path: string): number => {
    const bits = uint32(value, path);
    return (bits & ~known) === 0 ? bits : fail(path, 'made of bits that spec/codes.json names');
  };
}
