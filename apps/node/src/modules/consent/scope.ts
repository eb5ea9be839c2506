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

/** A code and its system; a system of null stands for any. */
export interface CodeOf {
  readonly system: string | null;
  readonly code: string;
}

/** A record that a provision names, and which records are meant by it (http://hl7.org/fhir/R4/valueset-consent-data-meaning.html). */
export interface RecordNamed {
  readonly meaning: 'instance' | 'related' | 'dependents' | 'authoredby';
  /** '' and an absolute reference for what does not lie here. */
  readonly type: string;
  readonly id: string;
}

/** What a record must be for a provision to be about it: everything that is given must hold, and of a list one suffices. Nothing given: every record. */
export interface RecordTest {
  readonly types?: readonly string[];
  /** Bits of record categories (spec/codes.json). Beside `types`, one of both suffices. */
  readonly categories?: number;
  readonly codes?: readonly CodeOf[];
  /** In a sensitive class (bits), restricted or not, or with one of these labels in `meta.security`. */
  readonly labels?: {
    readonly classes: number;
    readonly restricted: boolean | null;
    readonly codes: readonly CodeOf[];
  };
  readonly records?: readonly RecordNamed[];
  /** When care took place, seconds since 1970, both included; ±Infinity for open ends. */
  readonly care?: { readonly from: number; readonly until: number };
  /** In no other sensitive class than these (bits). */
  readonly withinClasses?: number;
}

/** A provision of a directive, as far as it is about the present request. Exceptions come before it; of those that apply, one that denies wins. */
export interface Provision {
  readonly effect: 'permit' | 'deny';
  readonly about: RecordTest;
  readonly except: readonly Provision[];
}

/** Provisions for the records of some patients. */
export interface PatientRule {
  readonly patients: readonly string[];
  readonly provisions: readonly Provision[];
}

/**
 * What may be seen without what directives withhold: of a record that some directive of its patient denies nothing is seen; where none speaks of it, the
 * organisation's own policy decides, and where that is silent too, `within`. It never opens more than `within`.
 */
export interface RuledScope {
  readonly kind: 'ruled';
  readonly within: WholeScope;
  readonly directives: readonly PatientRule[];
  /** For the records of every patient. */
  readonly policy: readonly Provision[];
  /** Types that no rule withholds: Consents, of those who keep them. */
  readonly spared: readonly string[];
  /** Patients for whom an emergency was declared: for their records only these rules count. */
  readonly lifted?: Pick<RuledScope, 'directives' | 'policy'> & { readonly patients: readonly string[] };
}

/** A scope by itself, which no directive nor app limits. */
export type WholeScope = Extract<Scope, { readonly kind: 'all' | 'limited' }>;

/**
 * The sensitive class of what cannot be classified: free text, attachments, what has no code that is understood. It has no bit in the terms of a consent (those
 * have 16): who names every sensitive class has named it too.
 */
export const UNCLASSIFIED: number = 1 << 16;

/**
 * What an authority may see. `all`: local staff of the organisation. `limited`: what a patient's consent opens, or the patient herself.
 * `ruled`: one of these without what directives (FHIR Consents) withhold. `narrowed`: what an app may do for one of them, never more than they may
 * themselves. Every read path turns it into the same predicate, so that a count or a chained search cannot tell more than a read.
 */
export type Scope =
  | { readonly kind: 'all' }
  | RuledScope
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
export const NOTHING: Scope & { kind: 'limited' } = {
  kind: 'limited',
  patients: [],
  categories: 0,
  sensitive: 0,
  careFrom: Infinity,
  careUntil: -Infinity,
};
