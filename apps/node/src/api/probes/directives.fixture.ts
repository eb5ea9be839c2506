export const ICD = 'http://hl7.org/fhir/sid/icd-10';
export const LOINC = 'http://loinc.org';
export const TYPES = 'http://hl7.org/fhir/resource-types';
export const CATEGORY = 'https://anamnesis.example/code/category';
export const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
export const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
export const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
export const DIRECTORY = 'https://anamnesis.example/id/directory';

export const coding = (system: string, code: string) => ({ system, code });
export const concept = (system: string, code: string) => ({ coding: [coding(system, code)] });
export const organization = (id: number) => ({
  role: concept('x', 'IRCP'),
  reference: { identifier: { system: DIRECTORY, value: String(id) } },
});
export const person = (reference: string) => ({ role: concept('x', 'IRCP'), reference: { reference } });
export const data = (meaning: string, reference: string) => ({ data: [{ meaning, reference: { reference } }] });

/** A directive of Maria's: permitted but for the exceptions, if not said otherwise. */
export const directive = (provision: object, more: object = {}) => ({
  resourceType: 'Consent',
  status: 'active',
  scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
  category: [concept('http://loinc.org', '59284-0')],
  patient: { reference: 'Patient/maria' },
  policyRule: concept(ACT_CODE, 'OPTIN'),
  provision,
  ...more,
});
export const except = (provision: object) => directive({ type: 'permit', provision: [{ type: 'deny', ...provision }] });
export const onlyPermit = (provision: object) =>
  directive({ type: 'deny', provision: [{ type: 'permit', ...provision }] });

/** The organisation's own policy: denied but for `permitted`. */
export function policy(denied: object, permitted?: object): object {
  const { patient: _patient, ...rest } = directive({
    type: 'deny',
    ...denied,
    actor: [organization(2)],
    ...(permitted && { provision: [{ type: 'permit', ...permitted }] }),
  }) as { patient?: unknown };
  return { ...rest, category: [concept('https://anamnesis.example/code/consent-category', 'policy')] };
}
