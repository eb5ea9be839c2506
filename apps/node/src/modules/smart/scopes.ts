import type { ScopeRule } from '../consent/index.ts';
import { isResourceType } from '../records/definitions.ts';
import { isRestriction } from '../records/search/index.ts';

/**
 * The scopes of SMART App Launch 2.2 (https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html): `patient/Observation.rs?category=…`, and
 * those of version 1 (`patient/Observation.read`), which mean the same as `rs`, `cud` and `cruds`.
 */
export interface SmartScope {
  readonly level: 'patient' | 'user' | 'system';
  /** A resource type or `*`. */
  readonly type: string;
  /** Letters of `cruds`, in that order. */
  readonly actions: string;
  /** Search parameters without `?`; null for none. */
  readonly criteria: string | null;
}

/** Scopes that are no resource's. */
export const CONTEXT_SCOPES = [
  'openid',
  'profile',
  'fhirUser',
  'launch',
  'launch/patient',
  'launch/encounter',
  'online_access',
  'offline_access',
] as const;

const SHAPE = /^(patient|user|system)\/(\*|[A-Za-z]{1,40})\.(read|write|\*|c?r?u?d?s?)(?:\?(.{1,400}))?$/;
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
const LETTERS = 'cruds';

/** Reads a scope of a resource; null for any other and for one that is not understood, which then gives nothing. */
export function parseScope(text: string): SmartScope | null {
  const [, level, type = '', letters = '', criteria] = SHAPE.exec(text) ?? [];
  if (level === undefined || letters === '') return null;
  if (type !== '*' && !isResourceType(type)) return null;
  const first = VERSION_1[letters];
  if (criteria === undefined)
    return { level: level as SmartScope['level'], type, actions: first ?? letters, criteria: null };
  // A restriction is said in search parameters of one type, and says what may be seen: what is written need not meet it.
  if (first !== undefined || type === '*' || !isRestriction(type, criteria)) return null;
  const actions = only(letters, 'rs');
  return actions === '' ? null : { level: level as SmartScope['level'], type, actions, criteria };
}

/** A scope as SMART 2.2 writes it. */
export function formatScope({ level, type, actions, criteria }: SmartScope): string {
  return `${level}/${type}.${actions}${criteria === null ? '' : `?${criteria}`}`;
}

/** The letters of `actions` that are also in `allowed`. */
export function only(actions: string, allowed: string): string {
  return [...LETTERS].filter((letter) => actions.includes(letter) && allowed.includes(letter)).join('');
}

/** What both of two scopes allow; null when that is nothing. */
function both(a: SmartScope, b: SmartScope): SmartScope | null {
  if (a.level !== b.level || (a.type !== b.type && a.type !== '*' && b.type !== '*')) return null;
  const criteria =
    a.criteria === null || a.criteria === b.criteria
      ? b.criteria
      : b.criteria === null
        ? a.criteria
        : `${a.criteria}&${b.criteria}`;
  const actions = only(only(a.actions, b.actions), criteria === null ? LETTERS : 'rs');
  if (actions === '') return null;
  return { level: a.level, type: a.type === '*' ? b.type : a.type, actions, criteria };
}

/** What is asked for within what is allowed: each scope that is asked for, in the parts of it that some allowed scope covers. */
export function within(asked: SmartScope, allowed: readonly SmartScope[]): SmartScope[] {
  const parts = allowed.flatMap((one) => both(asked, one) ?? []);
  const whole = parts.find((part) => formatScope(part) === formatScope(asked));
  return whole ? [whole] : parts;
}

/** The words of a scope string, each once. */
export function scopeWords(scope: string | undefined): string[] {
  return [...new Set((scope ?? '').split(' ').filter((word) => word !== ''))];
}

/**
 * What scopes let an app do. `patient`: whom the launch is about; without one the scopes of a patient give nothing. `readOnly`: the user may not write.
 */
export function rulesOf(
  scopes: readonly SmartScope[],
  { patient, readOnly }: { readonly patient: string | null; readonly readOnly: boolean },
): ScopeRule[] {
  return scopes.flatMap(({ level, type, actions, criteria }) => {
    const allowed = readOnly ? only(actions, 'rs') : actions;
    if (allowed === '' || (level === 'patient' && patient === null)) return [];
    return [
      { type: type === '*' ? null : type, actions: allowed, patient: level === 'patient' ? patient : null, criteria },
    ];
  });
}
