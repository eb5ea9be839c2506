import { compact, PATIENT } from '../drafts.ts';
import type { Part, Segment } from './message.ts';
import { coded, concept, cx, type Identifier, type Mapping, moment, practitioner } from './types.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

/** Table 0004 as Encounter.class; other classes keep the code of the table. */
const CLASSES: Readonly<Record<string, string>> = { E: 'EMER', I: 'IMP', O: 'AMB', P: 'PRENC' };
/** Who takes part, by field of PV1. */
const PARTICIPANTS = [
  [7, 'ATND'],
  [8, 'REF'],
  [9, 'CON'],
  [17, 'ADM'],
] as const;

/** Number of the visit: PV1-19, or the account number that some senders use for it. */
export function visitNumber(mapping: Mapping, pid: Segment, pv1: Segment | undefined): Identifier | null {
  const own = pv1 === undefined ? null : cx(mapping, pv1.first(19), 'visit');
  return own ?? cx(mapping, pid.first(18), 'account');
}

/** A reference to the visit that a message belongs to, whether it is known here or not; undefined without its number. */
export function visitReference(mapping: Mapping, pid: Segment, pv1: Segment | undefined): object | undefined {
  const identifier = pv1 === undefined ? null : visitNumber(mapping, pid, pv1);
  if (identifier === null) return undefined;
  const { system, value } = identifier;
  const draft = { resource: { resourceType: 'Encounter' }, key: { system, value }, write: 'find' } as const;
  return { type: 'Encounter', reference: mapping.drafts.add(draft), identifier: draft.key };
}

/**
 * PV1 as an Encounter. `status`: what the event makes of it; null where it says nothing of that: a stored one keeps its own.
 * @returns the link to it, or undefined without a number by which it is found again. Errors: `required-field`, `data-type`.
 */
export function visitOf(
  mapping: Mapping,
  {
    pid,
    pv1,
    pv2,
    status,
  }: {
    readonly pid: Segment;
    readonly pv1: Segment | undefined;
    readonly pv2?: Segment | undefined;
    readonly status: string | null;
  },
): string | undefined {
  const key = visitNumber(mapping, pid, pv1);
  if (key === null || pv1 === undefined) return undefined;
  const kind = pv1.required(2, 'The class of the patient').toUpperCase();
  const end = moment(mapping, pv1, 45);
  const resource = compact({
    resourceType: 'Encounter',
    identifier: [key],
    status: status ?? (end === undefined ? 'unknown' : 'finished'),
    class:
      CLASSES[kind] === undefined
        ? (coded('0004', kind) as { coding: object[] }).coding[0]
        : { system: ACT_CODE, code: CLASSES[kind] },
    type: list(concept(mapping, pv1.first(4), '0007')),
    serviceType: concept(mapping, pv1.first(10), '0069'),
    subject: { reference: PATIENT },
    participant: PARTICIPANTS.flatMap(([field, code]) =>
      pv1.all(field).flatMap((part) => {
        const individual = practitioner(mapping, part);
        return individual === undefined ? [] : [{ type: [{ coding: [{ system: PARTICIPATION, code }] }], individual }];
      }),
    ),
    period: compact({ start: moment(mapping, pv1, 44), end }),
    reasonCode: list(pv2 && concept(mapping, pv2.first(3))),
    hospitalization: compact({
      admitSource: concept(mapping, pv1.first(14), '0023'),
      dischargeDisposition: concept(mapping, pv1.first(36), '0112'),
    }),
    location: list(placeOf(pv1.first(3))),
  });
  return mapping.drafts.add({
    resource,
    key,
    write: 'put',
    merge: (stored, brought) => ({
      ...stored,
      ...brought,
      identifier: stored.identifier,
      ...(brought.period !== undefined && { period: { ...(stored.period as object | undefined), ...brought.period } }),
      ...(status === null && end === undefined && { status: stored.status }),
    }),
  });
}

function list(value: object | undefined): object[] {
  return value === undefined ? [] : [value];
}

/** PL: point of care, room and bed as one name. */
function placeOf(part: Part): object | undefined {
  const display = [part.at(4) === '' ? part.part(4).at(1) : part.at(4), part.at(1), part.at(2), part.at(3)]
    .filter(Boolean)
    .join(', ');
  return display === '' ? undefined : { location: { display } };
}
