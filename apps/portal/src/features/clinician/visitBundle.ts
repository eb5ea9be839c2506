import type { Bundle, Resource } from '@anamnesis/sdk';

/** What was done at a visit, as a clinician wrote it. */
export interface VisitDraft {
  /** Random ids, made when the page was opened: finishing again after a lost answer is the same visit. */
  readonly id: string;
  readonly patient: string;
  readonly practitioner: { readonly reference: string; readonly name: string };
  readonly reason: string;
  readonly note: string;
  readonly orders: readonly string[];
  readonly medicines: readonly { readonly name: string; readonly how: string }[];
  /** As FHIR writes instants. */
  readonly start: string;
  readonly end: string;
  readonly noteTitle: string;
}

const URI = 'urn:ietf:rfc:3986';

/** A transaction: the visit with its note, orders and prescriptions, all or nothing, each created only if it is not there yet (FHIR R4 http.html#ccreate). */
export function visitBundle(draft: VisitDraft): Bundle {
  const { id, patient, practitioner, reason, note, orders, medicines, start, end, noteTitle } = draft;
  const subject = { reference: `Patient/${patient}` };
  const by = { reference: practitioner.reference, display: practitioner.name };
  const encounter = { reference: `urn:uuid:${id}` };
  const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
  const records: Resource[] = [
    {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: act, code: 'AMB', display: 'ambulatory' },
      subject,
      participant: [{ individual: by }],
      period: { start, end },
      ...(reason !== '' && { reasonCode: [{ text: reason }], type: [{ text: reason }] }),
    },
  ];
  if (note !== '')
    records.push({
      resourceType: 'DocumentReference',
      status: 'current',
      docStatus: 'final',
      type: { coding: [{ system: 'http://loinc.org', code: '11506-3' }], text: noteTitle },
      subject,
      date: end,
      author: [by],
      content: [
        {
          attachment: { contentType: 'text/plain; charset=utf-8', data: base64(note), title: noteTitle, creation: end },
        },
      ],
      context: { encounter: [encounter] },
    });
  for (const text of orders)
    records.push({
      ...{ resourceType: 'ServiceRequest', status: 'active', intent: 'order', code: { text }, subject, encounter },
      ...{ authoredOn: end, requester: by },
    });
  for (const { name, how } of medicines)
    records.push({
      ...{ resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject, encounter },
      ...{ medicationCodeableConcept: { text: name }, authoredOn: end, requester: by },
      ...(how !== '' && { dosageInstruction: [{ text: how }] }),
    });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: records.map((resource, at) => {
      const value = at === 0 ? `urn:uuid:${id}` : `urn:anamnesis:visit:${id}:${at}`;
      const request = { method: 'POST', url: resource.resourceType, ifNoneExist: `identifier=${URI}|${value}` };
      const fullUrl = at === 0 ? encounter.reference : `urn:uuid:${crypto.randomUUID()}`;
      return { fullUrl, resource: { ...resource, identifier: [{ system: URI, value }] }, request };
    }),
  };
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}
