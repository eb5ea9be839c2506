import { CATEGORIES, namesOf } from '@anamnesis/protocol';
import { patientCompartmentOf, searchParametersOf } from '../records/definitions.ts';
import type { FhirResource } from '../records/index.ts';
import type { ExchangeContext } from './context.ts';
import { ExchangeError } from './errors.ts';
import { askPeer, type PeerLine } from './peer.ts';

/** A record as it came, with where it lies at the custodian. */
export interface Collected {
  readonly resource: FhirResource;
  /** `Type/id/_history/version`; null for what cannot be referred to. */
  readonly reference: string | null;
}

const PAGE = 200;
/** More records than this of one patient are taken for an attempt to exhaust us. */
const MAX_RECORDS = 50_000;
const ID = /^[A-Za-z0-9.-]{1,64}$/;

/** The resource types in which records of these categories come, Patient first. */
export function typesOf(categories: number): string[] {
  const named = namesOf(CATEGORIES, categories);
  const types = new Set<string>();
  for (const category of CATEGORIES) {
    if (!named.includes(category.name)) continue;
    for (const type of category.types) types.add(type);
    if ('observations' in category) types.add('Observation');
    if ('reports' in category) types.add('DiagnosticReport');
  }
  return [...types].filter((type) => type === 'Patient' || parameterOf(type) !== null);
}

/** The search parameter by which a type is found of a patient; null for types that are of no patient. */
function parameterOf(type: string): string | null {
  if (searchParametersOf(type).some((one) => one.code === 'patient')) return 'patient';
  const codes = [...patientCompartmentOf(type)];
  return ['subject', 'beneficiary', 'individual'].find((code) => codes.includes(code)) ?? codes[0] ?? null;
}

/**
 * Reads a patient's records from a custodian by plain FHIR search, type by type and page by page. What comes is neither checked nor
 * trusted yet. Throws ExchangeError, as {@link askPeer}; `peer-answer` for what is not a searchset or leads elsewhere.
 */
export async function* collect(
  context: ExchangeContext,
  line: PeerLine,
  categories: number,
): AsyncGenerator<Collected[]> {
  const base = line.peer.profile.endpoints.fhir;
  let count = 0;
  for (const type of typesOf(categories)) {
    const parameter = type === 'Patient' ? `_id=${line.patient}` : `${parameterOf(type)}=Patient/${line.patient}`;
    let url: string | null = `${base}/${type}?${parameter}&_count=${PAGE}`;
    const seen = new Set<string>();
    while (url !== null) {
      seen.add(url);
      const bundle = await askPeer(context, line, url);
      const page = readPage(line, bundle, type);
      count += page.length;
      if (count > MAX_RECORDS)
        throw new ExchangeError('peer-too-large', `organisation ${line.peer.id} sends records without end`);
      if (page.length > 0) yield page;
      url = nextOf(line, bundle, url);
      if (url !== null && seen.has(url)) throw wrong(line, 'whose pages go round in a circle');
    }
  }
}

function readPage(line: PeerLine, bundle: Record<string, unknown>, type: string): Collected[] {
  const { entry } = bundle;
  if (bundle.resourceType !== 'Bundle' || (entry !== undefined && !Array.isArray(entry)))
    throw wrong(line, 'that is no Bundle');
  const records: Collected[] = [];
  for (const one of (entry ?? []) as ({ resource?: unknown } | null)[]) {
    const resource = one?.resource as FhirResource | undefined;
    if (typeof resource !== 'object' || resource === null || typeof resource.resourceType !== 'string') {
      throw wrong(line, 'with an entry that is no resource');
    }
    if (resource.resourceType === 'OperationOutcome') continue;
    if (resource.resourceType !== type) throw wrong(line, 'with resources of another type than was asked for');
    records.push({ resource, reference: referenceOf(resource) });
  }
  return records;
}

function referenceOf({ resourceType, id, meta }: FhirResource): string | null {
  const version = (meta as { versionId?: unknown } | undefined)?.versionId;
  if (typeof id !== 'string' || !ID.test(id) || typeof version !== 'string' || !/^[1-9]\d{0,8}$/.test(version))
    return null;
  return `${resourceType}/${id}/_history/${version}`;
}

/** The next page, which must lie under the custodian's own FHIR address: our token goes nowhere else. */
function nextOf(line: PeerLine, bundle: Record<string, unknown>, from: string): string | null {
  const links = Array.isArray(bundle.link) ? (bundle.link as ({ relation?: unknown; url?: unknown } | null)[]) : [];
  const next = links.find((link) => link?.relation === 'next')?.url;
  if (next === undefined) return null;
  const url = typeof next === 'string' ? URL.parse(next, from) : null;
  const base = new URL(line.peer.profile.endpoints.fhir);
  const inside = url?.pathname === base.pathname || url?.pathname.startsWith(`${base.pathname}/`);
  if (url === null || url.origin !== base.origin || !inside) throw wrong(line, 'whose next page lies elsewhere');
  return url.href;
}

function wrong(line: PeerLine, what: string): ExchangeError {
  return new ExchangeError('peer-answer', `organisation ${line.peer.id} answered a search with something ${what}`);
}
