import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  isNameOf,
  maskOf,
  PURPOSES,
  recipientOf,
  SENSITIVE,
} from '@anamnesis/protocol';
import type { Hex } from 'viem';
import {
  ACT_CODE,
  ACT_REASON,
  ACTION,
  CATEGORY,
  codesIn,
  DIRECTORY_ID,
  edgeOf,
  isObject,
  TYPES,
} from './directives/read-directive.ts';
import { ConsentError } from './errors.ts';
import { RECIPIENT } from './fhir.ts';

type Json = { readonly [key: string]: unknown };

/** What a patient signs, but for what only her device knows: whose it is, its number, its salt. */
export type TermsWithoutSigner = Omit<ConsentTerms, 'subject' | 'epoch' | 'index' | 'salt'>;

/**
 * A FHIR Consent as terms to be signed: the inverse of `renderConsent`, for Consents in the shape of IHE PCF with one organisation. What terms cannot say is refused with
 * the element that says it, so nothing is lost silently: nested exceptions, single records, authors, codes, groups, periods without an end.
 *
 * Throws ConsentError `consent-malformed`.
 */
export function termsFromConsent(consent: unknown): TermsWithoutSigner {
  const root = isObject(consent) && consent.resourceType === 'Consent' ? consent : refuse('', 'is no Consent');
  only(root, '', [
    ...['resourceType', 'id', 'meta', 'text', 'identifier', 'status', 'scope', 'category', 'patient', 'dateTime'],
    ...['organization', 'policyRule', 'provision', 'performer', 'verification', 'policy'],
  ]);
  if (root.status !== 'active' && root.status !== 'proposed' && root.status !== 'draft')
    refuse('status', 'is not one of a consent that is to hold');
  const outer = isObject(root.provision) ? root.provision : refuse('provision', 'is missing');
  only(outer, 'provision', ['id', 'type', 'provision']);
  if (outer.type !== 'deny')
    refuse('provision.type', 'permits what is not said: terms permit nothing but what they name');
  const inner = Array.isArray(outer.provision) && outer.provision.length === 1 ? outer.provision[0] : undefined;
  if (!isObject(inner)) return refuse('provision.provision', 'is not one provision: each set of terms says one thing');
  const path = 'provision.provision[0]';
  only(inner, path, [
    ...['id', 'type', 'period', 'actor', 'action', 'purpose', 'class', 'code', 'securityLabel', 'dataPeriod'],
  ]);
  if (inner.type !== 'permit') refuse(`${path}.type`, 'does not permit');
  const valid = periodOf(inner.period, `${path}.period`);
  if (valid.from === null || valid.until === null)
    return refuse(`${path}.period`, 'has no beginning or no end: terms have both');
  const care = inner.dataPeriod === undefined ? null : periodOf(inner.dataPeriod, `${path}.dataPeriod`);
  return {
    ...whoIn(inner.actor, `${path}.actor`),
    categories: categoriesIn(inner, path),
    sensitive: classesIn(inner.securityLabel, `${path}.securityLabel`),
    purposes: purposesIn(inner.purpose, `${path}.purpose`),
    actions: actionsIn(inner.action, `${path}.action`),
    careFrom: care?.from ?? CARE_OPEN_START,
    careUntil: care === null || care.until === null ? CARE_OPEN_END : care.until,
    validFrom: valid.from,
    // `renderConsent` writes the first second at which terms no longer hold.
    validUntil: valid.until - 1,
  };
}

function refuse(path: string, why: string): never {
  throw new ConsentError('consent-malformed', `Consent${path === '' ? '' : `.${path}`} ${why}`);
}

function only(value: Json, path: string, known: readonly string[]): void {
  const other = Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined) refuse(path === '' ? other : `${path}.${other}`, 'cannot be said in terms');
}

function list(value: unknown, path: string): Json[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isObject)) return refuse(path, 'is missing');
  return value;
}

function whoIn(value: unknown, path: string): { grantee: number; recipient: Hex } {
  let grantee: number | null = null;
  let recipient: Hex = ANYONE;
  for (const { reference } of list(value, path)) {
    const { identifier, reference: text } = isObject(reference) ? reference : {};
    const { system, value: id } = isObject(identifier) ? identifier : {};
    if (system === DIRECTORY_ID && typeof id === 'string' && /^[1-9]\d{0,9}$/.test(id)) {
      if (grantee !== null) return refuse(path, 'names several organisations: each gets terms of its own');
      grantee = Number(id);
    } else {
      if (recipient !== ANYONE) return refuse(path, 'names several people: each gets terms of her own');
      if (system === RECIPIENT && typeof id === 'string' && /^0x[0-9a-f]{64}$/.test(id)) recipient = id as Hex;
      else if (typeof text === 'string' && /^(?:Practitioner|PractitionerRole)\/[A-Za-z0-9.-]{1,64}$/.test(text))
        recipient = recipientOf(text);
      else
        return refuse(path, 'names somebody who is neither an organisation of the Directory nor a practitioner there');
    }
  }
  return grantee === null ? refuse(path, 'names no organisation of the Directory') : { grantee, recipient };
}

/** Our categories, in `code` or in `class`; or resource types that together are all those of categories. */
function categoriesIn({ code, class: kinds }: Json, path: string): number {
  const codes = codesIn(code);
  const named = new Set<string>();
  for (const { system, code: name } of codes) {
    if (system !== CATEGORY || !isNameOf(CATEGORIES, name)) return refuse(`${path}.code`, 'names a single code');
    named.add(name);
  }
  const types = new Set<string>();
  for (const one of kinds === undefined ? [] : list(kinds, `${path}.class`)) {
    if (one.system === CATEGORY && isNameOf(CATEGORIES, String(one.code))) named.add(String(one.code));
    else if (one.system === TYPES && typeof one.code === 'string') types.add(one.code);
    else return refuse(`${path}.class`, 'names a class that is neither a category nor a resource type');
  }
  const covered = new Set(
    CATEGORIES.filter(({ name }) => named.has(name)).flatMap((row) => [...row.types] as string[]),
  );
  for (const type of types) {
    if (covered.has(type)) continue;
    const row = CATEGORIES.find(({ types: own }) => (own as readonly string[]).includes(type));
    // Observations and reports are of several categories: a type alone does not say which.
    if (row === undefined || 'observations' in row || !row.types.every((own) => types.has(own)))
      return refuse(`${path}.class`, 'names a type that is only a part of a category');
    named.add(row.name);
    for (const own of row.types) covered.add(own);
  }
  return named.size === 0
    ? refuse(`${path}.class`, 'is missing: terms name what they open')
    : maskOf(CATEGORIES, named);
}

function classesIn(value: unknown, path: string): number {
  const labels = new Set<string>();
  for (const { system, code } of value === undefined ? [] : list(value, path)) {
    if (system !== ACT_CODE || typeof code !== 'string')
      return refuse(path, 'names a label that is no sensitive class');
    labels.add(code);
  }
  let mask = 0;
  for (const { bit, labels: own } of SENSITIVE) {
    const some = own.filter((label) => labels.delete(label));
    if (some.length > 0 && some.length < own.length) return refuse(path, 'names a part of a sensitive class');
    if (some.length > 0) mask |= 1 << bit;
  }
  return labels.size > 0 ? refuse(path, 'names a label that is no sensitive class') : mask;
}

function purposesIn(value: unknown, path: string): number {
  return maskOf(
    PURPOSES,
    list(value, path).map(({ system, code }) =>
      system === ACT_REASON && typeof code === 'string' && isNameOf(PURPOSES, code)
        ? code
        : refuse(path, 'names a purpose that no table has'),
    ),
  );
}

function actionsIn(value: unknown, path: string): number {
  let mask = 0;
  for (const { system, code } of list(value, path).flatMap(codesIn)) {
    if (system === ACTION && code === 'access') mask |= 1;
    else if (system === ACTION && code === 'collect') mask |= 2;
    else return refuse(path, 'is neither access nor collect');
  }
  return mask === 0 ? refuse(path, 'is missing') : mask;
}

/** In seconds: the first, and the first that is no longer covered; null for an open end. */
function periodOf(value: unknown, path: string): { from: number | null; until: number | null } {
  const { start, end, ...rest } = isObject(value) ? value : refuse(path, 'is missing');
  if (Object.keys(rest).length > 0) return refuse(path, 'holds more than a beginning and an end');
  const from = start === undefined ? null : edgeOf(start, 'low');
  const until = end === undefined ? null : edgeOf(end, 'high');
  if ((start !== undefined && from === null) || (end !== undefined && until === null))
    return refuse(path, 'is not made of dates');
  return {
    from: from === null ? null : Math.floor(from / 1000),
    until: until === null ? null : Math.floor(until / 1000) + 1,
  };
}
