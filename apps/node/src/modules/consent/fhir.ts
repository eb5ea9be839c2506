import {
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  namesOf,
  PURPOSES,
  SENSITIVE,
} from '@anamnesis/protocol';
import type { Hex } from 'viem';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const ACTION = 'http://terminology.hl7.org/CodeSystem/consentaction';
const CATEGORY = 'https://anamnesis.example/code/category';
const DIRECTORY_ID = 'https://anamnesis.example/id/directory';
const CONSENT_ID = 'https://anamnesis.example/id/consent';
/** System of a practitioner whose name is hashed, as terms have her. */
export const RECIPIENT: string = `${CONSENT_ID}/recipient`;

/**
 * Terms as a FHIR R4 Consent in the shape of IHE Privacy Consent on FHIR (https://profiles.ihe.net/ITI/PCF): denied by default, and
 * one provision that permits. Categories stand in `class` (resource types) and `code` (our own category codes, since types alone
 * cannot tell laboratory from vital signs); sensitive classes stand in `securityLabel`. `dataPeriod` is when care took place, as base
 * R4 has it, and not the time of writing.
 */
export function renderConsent(
  terms: ConsentTerms,
  known: {
    readonly id: Hex;
    readonly patient: string;
    readonly custodian: number;
    readonly holds: boolean;
    readonly receivedAt: number;
  },
): object {
  const { recipient, careFrom, careUntil, validFrom, validUntil } = terms;
  const named = namesOf(CATEGORIES, terms.categories);
  const types = CATEGORIES.filter(({ name }) => named.includes(name)).flatMap(({ types }) => [...types] as string[]);
  const opened = namesOf(SENSITIVE, terms.sensitive);
  const labels = SENSITIVE.filter(({ name }) => opened.includes(name)).flatMap(({ labels }) => [...labels] as string[]);
  return {
    resourceType: 'Consent',
    id: known.id.slice(2, 66),
    meta: { profile: ['https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consentIntermediate'] },
    identifier: [{ system: CONSENT_ID, value: known.id }],
    status: known.holds ? 'active' : 'inactive',
    scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coded(ACT_CODE, 'INFA'), coded('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${known.patient}` },
    dateTime: new Date(known.receivedAt).toISOString(),
    organization: [organization(known.custodian)],
    policyRule: coded(ACT_CODE, 'OPTIN'),
    provision: {
      type: 'deny',
      provision: [
        {
          type: 'permit',
          period: { start: instant(validFrom), end: instant(validUntil) },
          actor: [
            {
              role: coded('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP'),
              reference: organization(terms.grantee),
            },
            // The name of the practitioner is hashed in the terms: only who knows it can tell.
            ...(/^0x0+$/.test(recipient)
              ? []
              : [
                  {
                    role: coded('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP'),
                    reference: {
                      type: 'Practitioner',
                      identifier: { system: RECIPIENT, value: recipient },
                    },
                  },
                ]),
          ],
          action: [
            ...((terms.actions & 1) !== 0 ? [coded(ACTION, 'access')] : []),
            ...((terms.actions & 2) !== 0 ? [coded(ACTION, 'collect')] : []),
          ],
          purpose: namesOf(PURPOSES, terms.purposes).map((code) => ({ system: ACT_REASON, code })),
          class: types.map((code) => ({ system: 'http://hl7.org/fhir/resource-types', code })),
          code: [{ coding: named.map((code) => ({ system: CATEGORY, code })) }],
          ...(labels.length > 0 && { securityLabel: labels.map((code) => ({ system: ACT_CODE, code })) }),
          ...((careFrom !== CARE_OPEN_START || careUntil !== CARE_OPEN_END) && {
            dataPeriod: {
              ...(careFrom !== CARE_OPEN_START && { start: instant(careFrom) }),
              ...(careUntil !== CARE_OPEN_END && { end: instant(careUntil - 1) }),
            },
          }),
        },
      ],
    },
  };
}

/** FHIR dates end with the year 9999. */
function instant(seconds: number): string {
  const last = 253_402_300_799;
  return new Date(Math.min(Math.max(seconds, -62_135_596_800), last) * 1000).toISOString().replace('.000Z', 'Z');
}

function coded(system: string, code: string): object {
  return { coding: [{ system, code }] };
}

function organization(id: number): object {
  return { type: 'Organization', identifier: { system: DIRECTORY_ID, value: String(id) } };
}
