/** The labels on every resource: that it is test data, and, where a class of information is sensitive, which one (HL7 v3 ActCode). */
import type { Meta } from '@medplum/fhirtypes';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const TAG = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  code: 'HTEST',
  display: 'test data, nobody’s record',
};

/** Sensitive classes that the generator makes. */
export type Sensitivity = 'mental-health' | 'substance-use' | 'hiv' | 'reproductive';

const LABELS: Record<Sensitivity, string> = {
  'mental-health': 'MH',
  'substance-use': 'SUD',
  hiv: 'HIV',
  reproductive: 'SEX',
};

/** The meta of an ordinary resource. */
export const META: Meta = { tag: [TAG] };

/** The meta of a resource: restricted, and labelled with its class, when it is sensitive. */
export function metaOf(sensitivity?: Sensitivity): Meta {
  if (sensitivity === undefined) return META;
  return {
    security: [
      { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' },
      { system: ACT_CODE, code: LABELS[sensitivity] },
    ],
    tag: [TAG],
  };
}
