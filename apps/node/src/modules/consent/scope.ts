/**
 * What an authority may see. `all`: local staff of the organisation. `limited`: what a patient's consent opens, or the patient herself.
 * Every read path turns it into the same predicate, so that a count or a chained search cannot tell more than a read.
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
    };

/** Everything: what local staff may see inside their own organisation. */
export const ALL: Scope = { kind: 'all' };

/** Nothing at all: what an operator of the machine sees of the records. */
export const NOTHING: Scope = {
  kind: 'limited',
  patients: [],
  categories: 0,
  sensitive: 0,
  careFrom: Infinity,
  careUntil: -Infinity,
};
