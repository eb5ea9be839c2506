import { CATEGORIES, SENSITIVE } from '@anamnesis/protocol';
import type { CodeOf, RecordNamed, RecordTest } from '../scope.ts';
import type { Actor, Directive, WrittenProvision } from './directive.ts';

type Json = { readonly [key: string]: unknown };

export const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
export const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
export const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
export const ACTION = 'http://terminology.hl7.org/CodeSystem/consentaction';
export const TYPES = 'http://hl7.org/fhir/resource-types';
export const CATEGORY = 'https://anamnesis.example/code/category';
export const DIRECTORY_ID = 'https://anamnesis.example/id/directory';
/** `Consent.category` of the organisation's own policy: it has no patient. */
export const POLICY = 'https://anamnesis.example/code/consent-category';
const SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope';
const DIRECTIVE_CATEGORIES = new Set(['acd', 'dnr', 'polst']);

const sensitiveBits = new Map<string, number>(
  SENSITIVE.flatMap(({ bit, labels }) => labels.map((one) => [one, 1 << bit])),
);
const categoryBits = new Map<string, number>(CATEGORIES.map(({ bit, name }) => [name, 1 << bit]));

/** Elements of a provision that are understood; any other makes it unclear, ids and plain extensions excepted. */
const KNOWN = new Set([
  ...['id', 'extension', 'type', 'period', 'actor', 'action', 'securityLabel', 'purpose', 'class', 'code'],
  ...['dataPeriod', 'data', 'provision'],
]);

/** How deep provisions may lie within one another. What lies deeper is not understood. */
const MAX_DEPTH = 8;

/**
 * A FHIR R4 Consent (https://hl7.org/fhir/R4/consent.html, in the shape of IHE PCF, https://profiles.ihe.net/ITI/PCF) as the decision point uses it; null
 * when it directs nothing: it is not active, is about something else than privacy (an advance directive, research, treatment), or has neither patient nor
 * the category of a policy. Whatever it does not understand it reads so that less is shown.
 */
export function readDirective(consent: Json): Directive | null {
  const { id, status, category, patient } = consent;
  if (typeof id !== 'string' || status !== 'active' || !isPrivacy(consent.scope)) return null;
  if (codesIn(category).some(({ code }) => DIRECTIVE_CATEGORIES.has(code))) return null;
  const ofPolicy = patient === undefined && codesIn(category).some(({ system }) => system === POLICY);
  const whose = ofPolicy ? null : referenceIn(patient, 'Patient');
  if (!ofPolicy && whose === null) return null;
  const provision = rootOf(consent);
  return provision === null ? null : { id, patient: whose, provision };
}

function isPrivacy(scope: unknown): boolean {
  return codesIn(scope).some(({ system, code }) => system === SCOPE && code === 'patient-privacy');
}

/** Where the root has no type (base R4 has none there), the policy rule says what it comes to. */
function rootOf(consent: Json): WrittenProvision | null {
  const { policyRule, provision } = consent;
  const written = isObject(provision) ? provision : {};
  const rule = codesIn(policyRule).map(({ code }) => code);
  const effect =
    written.type ??
    (rule.some((code) => /^OPTIN/.test(code))
      ? 'permit'
      : rule.some((code) => /^OPTOUT/.test(code))
        ? 'deny'
        : undefined);
  if (effect === undefined && !Array.isArray(written.provision)) return null;
  const read = provisionOf({ ...written, type: effect ?? 'permit' }, 0);
  // A root that says neither permits nothing of itself: only its exceptions count.
  const clear = read.clear && consent.modifierExtension === undefined && consent.implicitRules === undefined;
  return effect === undefined ? { ...read, clear: false } : { ...read, clear };
}

function provisionOf(written: Json, depth: number): WrittenProvision {
  let clear =
    Object.keys(written).every((key) => KNOWN.has(key)) && (written.type === 'permit' || written.type === 'deny');
  const unclear = (): undefined => {
    clear = false;
  };
  const list = (value: unknown): Json[] => {
    if (value === undefined) return [];
    if (!Array.isArray(value) || !value.every(isObject)) {
      unclear();
      return [];
    }
    return value;
  };
  /** What is understood of a list; undefined when there is none, or when nothing may be made to depend on it. */
  const each = <T>(value: unknown, read: (one: Json) => T | undefined): readonly T[] | undefined => {
    const given = list(value);
    if (given.length === 0) return undefined;
    const understood = given.map(read);
    if (understood.every((one) => one !== undefined)) return understood as T[];
    return unclear();
  };
  const actors = each(written.actor, actorOf);
  const purposes = each(written.purpose, ({ code }) => (typeof code === 'string' ? code : undefined));
  const actions = each(written.action, actionOf)?.flat();
  const period = written.period === undefined ? undefined : (periodOf(written.period) ?? unclear());
  const kinds = each(written.class, kindOf);
  const codes = each(written.code, (concept) => {
    const found = codesIn(concept);
    return found.length === 0 ? undefined : found;
  })?.flat();
  const labels = each(written.securityLabel, labelOf);
  const records = each(written.data, recordOf);
  const care = written.dataPeriod === undefined ? undefined : (periodOf(written.dataPeriod) ?? unclear());
  const inner = list(written.provision);
  if (depth >= MAX_DEPTH && inner.length > 0) unclear();
  const about: RecordTest = {
    ...(kinds !== undefined && kindsOf(kinds)),
    ...(codes !== undefined && categoriesOrCodes(codes)),
    ...(labels !== undefined && labelsOf(labels)),
    ...(records !== undefined && { records }),
    ...(care !== undefined && { care: { from: Math.floor(care.from / 1000), until: Math.floor(care.until / 1000) } }),
  };
  return {
    effect: written.type === 'permit' ? 'permit' : 'deny',
    ...(actors !== undefined && { actors }),
    ...(purposes !== undefined && { purposes }),
    ...(actions !== undefined && { actions }),
    ...(period !== undefined && { period }),
    about,
    except: depth >= MAX_DEPTH ? [] : inner.map((one) => provisionOf(one, depth + 1)),
    clear,
  };
}

function actorOf({ reference }: Json): Actor | undefined {
  if (!isObject(reference)) return undefined;
  const { identifier, reference: text } = reference;
  if (isObject(identifier) && identifier.system === DIRECTORY_ID) {
    const { value } = identifier;
    return typeof value === 'string' && /^[1-9]\d{0,9}$/.test(value)
      ? { kind: 'organization', id: Number(value) }
      : undefined;
  }
  if (typeof text !== 'string' || text === '' || text.startsWith('#')) return undefined;
  const [, type, id] = /^(Group|CareTeam|PractitionerRole|Organization)\/([A-Za-z0-9.-]{1,64})$/.exec(text) ?? [];
  if (type !== undefined && id !== undefined)
    return { kind: 'member', type: type as Extract<Actor, { kind: 'member' }>['type'], id };
  return { kind: 'person', reference: text };
}

/** What the codes of `consentaction` are here: reading and releasing; to collect and to correct are not decided by directives. */
function actionOf(concept: Json): ('read' | 'disclose')[] | undefined {
  const known = codesIn(concept).filter(({ system }) => system === ACTION);
  if (known.length === 0) return undefined;
  return known.flatMap(({ code }) => {
    if (code === 'access' || code === 'use') return ['read' as const];
    return code === 'disclose' ? ['disclose' as const] : [];
  });
}

interface Kind {
  readonly type?: string;
  readonly category?: number;
}

function kindOf({ system, code }: Json): Kind | undefined {
  if (typeof code !== 'string') return undefined;
  if (system === TYPES) return { type: code };
  const category = system === CATEGORY ? categoryBits.get(code) : undefined;
  return category === undefined ? undefined : { category };
}

function kindsOf(kinds: readonly Kind[]): Pick<RecordTest, 'types' | 'categories'> {
  const types = kinds.flatMap(({ type }) => type ?? []);
  const categories = kinds.reduce((mask, { category = 0 }) => mask | category, 0);
  return { ...(types.length > 0 && { types }), ...(categories !== 0 && { categories }) };
}

/** Our categories stand in `code` as well, since resource types alone cannot tell laboratory from vital signs: `renderConsent` writes them there. */
function categoriesOrCodes(codes: readonly CodeOf[]): Pick<RecordTest, 'codes' | 'categories'> {
  const ours = codes.filter(({ system }) => system === CATEGORY);
  if (ours.length === 0 || ours.length < codes.length) return { codes };
  const bits = ours.reduce((mask, { code }) => mask | (categoryBits.get(code) ?? 0), 0);
  return { categories: bits };
}

type Label = { readonly classes: number } | { readonly restricted: boolean } | CodeOf;

function labelOf({ system, code }: Json): Label | undefined {
  if (typeof code !== 'string') return undefined;
  if (system === CONFIDENTIALITY) {
    // N is the high-water mark of what it covers; R and V are above it.
    if (code === 'U' || code === 'L' || code === 'M' || code === 'N') return { restricted: false };
    return code === 'R' ? { restricted: true } : { system, code };
  }
  const classes = system === ACT_CODE ? sensitiveBits.get(code) : undefined;
  if (classes !== undefined) return { classes };
  return { system: typeof system === 'string' ? system : null, code };
}

/** Both levels together are every record: then labels ask nothing. */
function labelsOf(labels: readonly Label[]): Pick<RecordTest, 'labels'> {
  const levels = labels.flatMap((one) => ('restricted' in one ? [one.restricted] : []));
  if (levels.includes(true) && levels.includes(false)) return {};
  const classes = labels.reduce((mask, one) => ('classes' in one ? mask | one.classes : mask), 0);
  const codes = labels.flatMap((one) => ('code' in one ? [one] : []));
  return { labels: { classes, restricted: levels[0] ?? null, codes } };
}

function recordOf({ meaning, reference }: Json): RecordNamed | undefined {
  if (!isObject(reference) || typeof reference.reference !== 'string') return undefined;
  if (meaning !== 'instance' && meaning !== 'related' && meaning !== 'dependents' && meaning !== 'authoredby')
    return undefined;
  const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(reference.reference) ?? [];
  return type === undefined || id === undefined
    ? { meaning, type: '', id: reference.reference }
    : { meaning, type, id };
}

/** In milliseconds since 1970, the ends included. */
function periodOf(value: unknown): { from: number; until: number } | undefined {
  if (!isObject(value)) return undefined;
  const from = value.start === undefined ? -Infinity : edgeOf(value.start, 'low');
  const until = value.end === undefined ? Infinity : edgeOf(value.end, 'high');
  return from === null || until === null ? undefined : { from, until };
}

/** The first or the last millisecond of a FHIR dateTime. */
export function edgeOf(text: unknown, edge: 'low' | 'high'): number | null {
  const [, year, month, day, time] =
    /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?)?)?$/.exec(
      typeof text === 'string' ? text : '',
    ) ?? [];
  if (year === undefined) return null;
  if (time !== undefined) {
    const at = Date.parse(String(text));
    if (Number.isNaN(at)) return null;
    return edge === 'high' && !/\.\d/.test(time) ? at + 999 : at;
  }
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  if (edge === 'low') return Date.UTC(y, m, d);
  if (day !== undefined) return Date.UTC(y, m, d + 1) - 1;
  return (month === undefined ? Date.UTC(y + 1, 0, 1) : Date.UTC(y, m + 1, 1)) - 1;
}

/** The codings of a CodeableConcept, or of a list of them. */
export function codesIn(value: unknown): CodeOf[] {
  if (Array.isArray(value)) return value.flatMap(codesIn);
  if (!isObject(value) || !Array.isArray(value.coding)) return [];
  return value.coding
    .filter(isObject)
    .flatMap(({ system, code }) =>
      typeof code === 'string' ? [{ system: typeof system === 'string' ? system : null, code }] : [],
    );
}

function referenceIn(value: unknown, type: string): string | null {
  const text = isObject(value) && typeof value.reference === 'string' ? value.reference : '';
  return new RegExp(`^(?:.*/)?${type}/([A-Za-z0-9.-]{1,64})$`).exec(text)?.[1] ?? null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
