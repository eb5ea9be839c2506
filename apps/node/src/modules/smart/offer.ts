import type { App } from '@anamnesis/protocol';
import { registeredScopes } from './apps.ts';
import { CONTEXT_SCOPES, formatScope, only, parseScope, type SmartScope, scopeWords, within } from './scopes.ts';

/** One choice on the consent page: a part of what the app asked for, to be left in or taken out. */
export interface OfferedPart {
  /** Name of its field in the form. */
  readonly id: string;
  readonly scope: SmartScope;
  /** The word of the request that it comes from. */
  readonly asked: string;
}

/** What a user is asked. */
export interface Offer {
  /** Choices about records: what is seen and what is changed are two. */
  readonly parts: readonly OfferedPart[];
  /** Words that are no records': who she is, what the launch is about, staying connected. */
  readonly context: readonly string[];
}

/** A wildcard can be narrowed to these, the types that people know. */
export const COMMON_TYPES = [
  'Patient',
  'AllergyIntolerance',
  'CarePlan',
  'CareTeam',
  'Condition',
  'Coverage',
  'Device',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Goal',
  'Immunization',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Procedure',
  'ServiceRequest',
] as const;

/**
 * What an app can be given at all of what it asks: within its registration and within what its user may do. What is left out here is not shown and not
 * granted, and the app sees so in the scopes that it is answered.
 */
export function offerOf(asked: string | undefined, app: App, { readOnly }: { readonly readOnly: boolean }): Offer {
  const allowed = registeredScopes(app);
  const registered = new Set(scopeWords(app.scope));
  const parts: OfferedPart[] = [];
  const context: string[] = [];
  for (const word of scopeWords(asked)) {
    const parsed = parseScope(word);
    if (parsed === null) {
      if (CONTEXT_SCOPES.includes(word as never) && registered.has(word)) context.push(word);
      continue;
    }
    if (parsed.level === 'system') continue;
    for (const scope of within(parsed, allowed)) {
      for (const letters of readOnly ? ['rs'] : ['rs', 'cud']) {
        const actions = only(scope.actions, letters);
        if (actions !== '') parts.push({ id: `p${parts.length}`, scope: { ...scope, actions }, asked: word });
      }
    }
  }
  return { parts, context };
}

/** What the user left in, by the fields of the form. */
export interface Chosen {
  has(field: string): boolean;
}

/** The field by which a wildcard is narrowed to one type. */
export function typeField(part: OfferedPart, type: string): string {
  return `${part.id}.${type}`;
}

/**
 * The scopes that a user granted, as the app is told: a word of the request as it was written where all of it was granted, otherwise in the words of
 * SMART 2.2 what was. A wildcard that was taken out may have types of it put in.
 */
export function grantedScopes(offer: Offer, chosen: Chosen): string[] {
  const granted: string[] = [];
  for (const [asked, parts] of Map.groupBy(offer.parts, (part) => part.asked)) {
    const kept: SmartScope[] = [];
    for (const part of parts) {
      if (chosen.has(part.id)) kept.push(part.scope);
      else if (part.scope.type === '*') {
        kept.push(
          ...COMMON_TYPES.filter((type) => chosen.has(typeField(part, type))).map((type) => ({ ...part.scope, type })),
        );
      }
    }
    const merged = merge(kept).map(formatScope);
    const parsed = parseScope(asked);
    granted.push(...(parsed !== null && merged.length === 1 && merged[0] === formatScope(parsed) ? [asked] : merged));
  }
  const staying = offer.context.filter((word) => !word.endsWith('_access') || chosen.has(word));
  return [...new Set([...staying, ...granted])];
}

/** Scopes of one type and criteria as one. */
function merge(scopes: readonly SmartScope[]): SmartScope[] {
  const groups = Map.groupBy(scopes, ({ level, type, criteria }) => `${level}/${type}?${criteria ?? ''}`);
  return [...groups.values()].map((group) => {
    const [first] = group as [SmartScope, ...SmartScope[]];
    return { ...first, actions: only('cruds', group.map(({ actions }) => actions).join('')) };
  });
}
