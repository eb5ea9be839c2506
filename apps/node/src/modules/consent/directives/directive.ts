import type { Provision, RecordTest } from '../scope.ts';

/** Somebody whom a provision names (`provision.actor`). */
export type Actor =
  /** An organisation by its number in the Directory, or one that is kept here as a resource. */
  | { readonly kind: 'organization'; readonly id: number }
  /** A person by her reference, as she is named where she works: relative for who works here. */
  | { readonly kind: 'person'; readonly reference: string }
  /** Whoever is a member of a Group, a CareTeam, or is in a PractitionerRole: those that are kept here. */
  | {
      readonly kind: 'member';
      readonly type: 'Group' | 'CareTeam' | 'PractitionerRole' | 'Organization';
      readonly id: string;
    };

/** A provision as it is written: about whom and when, besides about which records. */
export interface WrittenProvision {
  readonly effect: 'permit' | 'deny';
  /** Who asks: one of them. Absent: anyone. */
  readonly actors?: readonly Actor[];
  /** HL7 v3 PurposeOfUse codes, one of which is the purpose. Absent: any. */
  readonly purposes?: readonly string[];
  /** What is done: `read` for access and use, `disclose` for release to others. Absent: anything. */
  readonly actions?: readonly ('read' | 'disclose')[];
  /** When the provision holds, milliseconds since 1970. */
  readonly period?: { readonly from: number; readonly until: number };
  readonly about: RecordTest;
  readonly except: readonly WrittenProvision[];
  /** False when something in it is not understood: then it permits nothing, and denies as if what is not understood were not there. */
  readonly clear: boolean;
}

/** A FHIR Consent that is in force, as the decision point uses it. */
export interface Directive {
  /** Of the Consent here. */
  readonly id: string;
  /** Whose records it is about; null for the organisation's policy, which is about everybody's. */
  readonly patient: string | null;
  readonly provision: WrittenProvision;
}

/** Who asks for what, as far as directives ask. */
export interface DirectiveRequest {
  /** FHIR reference of the person or program: relative when she is of this organisation. */
  readonly actor: string;
  readonly organization: number;
  readonly purpose: string;
  /** Whether what is shown leaves this organisation. */
  readonly release: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In a declared emergency only provisions count that name emergencies among their purposes. */
  readonly emergency: boolean;
  /** `Group/7`, `Organization/x`: what the actor belongs to here. */
  readonly memberOf: ReadonlySet<string>;
}

/** Purposes that name an emergency (HL7 v3 PurposeOfUse). */
const EMERGENCY = ['BTG', 'ETREAT'];

/**
 * A written provision for one request: what is left of it once who, why and when are answered. None when it is not about the request; several when it cannot be
 * relied on and only what it denies is left.
 */
export function resolveProvision(written: WrittenProvision, request: DirectiveRequest, isNamed = false): Provision[] {
  const named = isNamed || written.actors !== undefined;
  const except = written.except.flatMap((inner) => resolveProvision(inner, request, named));
  // What is not about emergencies is passed over in one, but not what lies in it and is.
  if (request.emergency && written.purposes === undefined) return except.filter(({ effect }) => effect === 'deny');
  if (!applies(written, request)) return [];
  // Care goes on where it is given: this organisation's own people are bound by what names them, and by nothing that is said of everybody.
  if (!request.release && !named) return except;
  if (!written.clear && written.effect === 'permit') return except.filter(({ effect }) => effect === 'deny');
  return [{ effect: written.effect, about: written.about, except }];
}

function applies({ actors, purposes, actions, period }: WrittenProvision, request: DirectiveRequest): boolean {
  if (period !== undefined && !(request.at >= period.from && request.at <= period.until)) return false;
  if (purposes !== undefined && !purposes.some((code) => isPurpose(code, request))) return false;
  if (actions !== undefined && !actions.includes('read') && !(request.release && actions.includes('disclose')))
    return false;
  return actors === undefined || actors.some((actor) => isActor(actor, request));
}

function isPurpose(code: string, { purpose, emergency }: DirectiveRequest): boolean {
  return emergency ? EMERGENCY.includes(code) : code === purpose;
}

function isActor(actor: Actor, { actor: reference, organization, memberOf }: DirectiveRequest): boolean {
  switch (actor.kind) {
    case 'organization':
      return actor.id === organization;
    case 'person':
      return actor.reference === reference;
    case 'member':
      return reference === `${actor.type}/${actor.id}` || memberOf.has(`${actor.type}/${actor.id}`);
  }
}
