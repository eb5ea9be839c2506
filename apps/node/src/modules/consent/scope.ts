/** What is done to records, in the letters of SMART scopes: create, read, update, delete, search. */
export type ScopeAction = 'c' | 'r' | 'u' | 'd' | 's';

/**
 * One thing that an app may do for its user (SMART App Launch 2.2, https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html):
 * `patient/Observation.rs?category=laboratory` is a rule of type Observation, actions `rs`, the launch's patient, criteria `category=laboratory`.
 */
export interface ScopeRule {
  /** A resource type; null for every type. */
  readonly type: string | null;
  /** Letters of {@link ScopeAction}. */
  readonly actions: string;
  /** Only records of this patient, and what is nobody's and shared, such as a Practitioner; null for every patient's. */
  readonly patient: string | null;
  /** Search parameters (percent-encoded, without `?`) that a record must meet; null for none. Such a rule never lets anything be written. */
  readonly criteria: string | null;
}

/**
 * What an authority may see. `all`: local staff of the organisation. `limited`: what a patient's consent opens, or the patient herself.
 * `narrowed`: what an app may do for one of them, never more than they may themselves. Every read path turns it into the same predicate, so that
 * a count or a chained search cannot tell more than a read.
 */
export type Scope =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'limited';
      /** Ids of the Patient compartments that may be seen. */
      readonly patients: readonly string[];
      /** Bit mask of record categories (spec/codes.json). */
      readonly categories: number;
      /** Bit mask of sensitive classes that may be seen; a record of another class is withheld. */
      readonly sensitive: number;
      /** Period of care covered, seconds since 1970; ±Infinity for open ends. */
      readonly careFrom: number;
      readonly careUntil: number;
    }
  | {
      readonly kind: 'narrowed';
      /** What the app's user may see. */
      readonly within: Exclude<Scope, { kind: 'narrowed' }>;
      readonly rules: readonly ScopeRule[];
      /** What the rules were picked for (see `scopeFor`); null while nothing was: then only rules that allow both reading and search count. */
      readonly action: ScopeAction | null;
    };

/** Everything: what local staff may see inside their own organisation. */
export const ALL: Scope & { kind: 'all' } = { kind: 'all' };

/** Nothing at all: what an operator of the machine sees of the records. */
export const NOTHING: Scope = {
  kind: 'limited',
  patients: [],
  categories: 0,
  sensitive: 0,
  careFrom: Infinity,
  careUntil: -Infinity,
};
