import type { Resource } from '@anamnesis/sdk';
import { timeOf } from './result.ts';
import { authorOf, isPart, parts, referenceText, textOf, whenOf } from './text.ts';
import { wordFor } from './words.ts';

/** What happened on one occasion: a visit with everything recorded at it, or, without one, what was recorded on one day. */
export interface Visit {
  readonly key: string;
  readonly when: string;
  /** The Encounter; absent for things that were recorded without one. */
  readonly encounter: Resource | undefined;
  readonly title: string | undefined;
  /** Where: the organisation that gave the care. */
  readonly place: string | undefined;
  readonly person: string | undefined;
  readonly items: readonly Resource[];
}

/** Things that are no events of care: they stand in the background of others. */
const BACKGROUND = new Set([
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'Provenance',
  'Encounter',
]);

/** Whether a record tells of care, and not of who and where people are. */
export function isAboutCare({ resourceType }: Resource): boolean {
  return resourceType === 'Encounter' || !BACKGROUND.has(resourceType);
}

const BILLING = new Set(['Claim', 'ClaimResponse', 'ExplanationOfBenefit', 'Coverage']);

/** Whether nothing was written down on an occasion but what care costs and who pays. */
export function isBilling({ encounter, items }: Visit): boolean {
  return encounter === undefined && items.every(({ resourceType }) => BILLING.has(resourceType));
}

/** Visits of several organisations in one line of time, newest first; `key` is different for each. Numbers of different organisations are never mixed up: each one's visits are made of its own records. */
export function visitsOfAll(sources: readonly (readonly Resource[])[]): readonly Visit[] {
  return sources
    .flatMap((resources, at) => visitsOf(resources).map((visit) => ({ ...visit, key: `${at}/${visit.key}` })))
    .sort((a, b) => timeOf(b.when) - timeOf(a.when));
}

/** The timeline, newest first; within a visit in the order in which things took place. */
export function visitsOf(resources: readonly Resource[]): readonly Visit[] {
  const encounters = new Map<string, Resource>(
    resources.flatMap((one) => (one.resourceType === 'Encounter' ? [[`Encounter/${one.id}`, one] as const] : [])),
  );
  const groups = new Map<string, Resource[]>();
  for (const key of encounters.keys()) groups.set(key, []);
  for (const resource of resources) {
    if (BACKGROUND.has(resource.resourceType)) continue;
    const of = encounterOf(resource);
    const key = of !== undefined && encounters.has(of) ? of : `day/${whenOf(resource).slice(0, 10)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [resource]);
    else group.push(resource);
  }
  return [...groups]
    .map(([key, items]) =>
      visitOf(
        key,
        encounters.get(key),
        items.sort((a, b) => timeOf(whenOf(a)) - timeOf(whenOf(b))),
      ),
    )
    .sort((a, b) => timeOf(b.when) - timeOf(a.when));
}

/** A visit, or a part of a long one. */
export interface Piece extends Visit {
  /** It goes on with the visit of the piece before it. */
  readonly continued: boolean;
}

/** So many records of a visit stand in one piece: pages draw a timeline piece by piece. */
const PIECE = 10;

/** The same timeline in pieces that are about equally long, however much was written down on one occasion. */
export function piecesOf(visits: readonly Visit[]): readonly Piece[] {
  return visits.flatMap((visit) =>
    Array.from({ length: Math.max(1, Math.ceil(visit.items.length / PIECE)) }, (_, at) => ({
      ...visit,
      key: `${visit.key}/${at}`,
      items: visit.items.slice(at * PIECE, (at + 1) * PIECE),
      continued: at > 0,
    })),
  );
}

function visitOf(key: string, encounter: Resource | undefined, items: readonly Resource[]): Visit {
  if (encounter === undefined) {
    const [first] = items;
    const when = first === undefined ? '' : whenOf(first).slice(0, 10);
    return { key, when, encounter, title: undefined, place: undefined, person: undefined, items };
  }
  return {
    key,
    when: whenOf(encounter),
    encounter,
    title:
      wordFor(encounter, encounter.type) ?? (isPart(encounter.class) ? textOf(encounter.class.display) : undefined),
    place: referenceText(encounter.serviceProvider),
    person: authorOf(encounter),
    items,
  };
}

/** `Encounter/…` in which a record came about. */
export function encounterOf(resource: Resource): string | undefined {
  const [direct] = parts(resource.encounter);
  const [context] = parts(isPart(resource.context) ? (resource.context.encounter ?? resource.context) : undefined);
  return textOf(direct?.reference) ?? textOf(context?.reference);
}
