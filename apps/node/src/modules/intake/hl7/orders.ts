import { ID } from '../context.ts';
import { compact, PATIENT } from '../drafts.ts';
import type { Segment } from './message.ts';
import { concept, ei, type Identifier, type Mapping, moment, practitioner } from './types.ts';

/** One order of an ORM^O01. */
export interface OrderGroup {
  readonly orc: Segment;
  readonly obr: Segment;
  readonly notes: readonly Segment[];
}

/** ORC-1 (table 0119) as ServiceRequest.status; null: ORC-5 says it, or it stays as it is. */
const CONTROL: Readonly<Record<string, string | null>> = {
  ...{
    NW: 'active',
    OK: 'active',
    XO: 'active',
    PA: 'active',
    CH: 'active',
    SN: 'active',
    NA: 'active',
    RL: 'active',
    RO: 'active',
  },
  ...{ CA: 'revoked', DC: 'revoked', OC: 'revoked', CR: 'revoked', OD: 'revoked', DR: 'revoked' },
  ...{ HD: 'on-hold', HR: 'on-hold', OH: 'on-hold', RP: 'revoked', SC: null, RE: null, ST: null },
};
/** ORC-5 (table 0038). */
const STATUS: Readonly<Record<string, string>> = {
  ...{
    A: 'active',
    IP: 'active',
    SC: 'active',
    CM: 'completed',
    CA: 'revoked',
    DC: 'revoked',
    RP: 'revoked',
    HD: 'on-hold',
    ER: 'entered-in-error',
  },
};
const PRIORITY: Readonly<Record<string, string>> = { S: 'stat', A: 'asap', R: 'routine', P: 'routine', T: 'urgent' };

/** The placer's number of an order, from ORC-2 or OBR-2. */
export function placerOf(mapping: Mapping, orc: Segment | undefined, obr: Segment): Identifier | null {
  return (orc && ei(mapping, orc.first(2), 'PLAC')) ?? ei(mapping, obr.first(2), 'PLAC');
}

/** ORC and OBR as a ServiceRequest. Errors: `required-field`, `table-value`, `data-type`. */
export function orderOf(mapping: Mapping, { orc, obr, notes }: OrderGroup, encounter: object | undefined): void {
  const placer = placerOf(mapping, orc, obr);
  const filler = ei(mapping, orc.first(3), 'FILL') ?? ei(mapping, obr.first(3), 'FILL');
  const number = placer ?? filler;
  if (number === null) throw orc.refusal('required-field', 'The number of the order is missing', 2, 1);
  const code = concept(mapping, obr.first(4), '0000');
  if (code === undefined) throw obr.refusal('required-field', 'The service is missing', 4, 1);
  const status = statusOf(orc);
  const key = { system: `${ID}hl7v2-order`, value: `${number.system}|${number.value}|${obr.at(4) || obr.at(4, 2)}` };
  const [requester] = [...orc.all(12), ...obr.all(16)].map((part) => practitioner(mapping, part));
  const note = notes.map((nte) => nte.text(3)).filter(Boolean);
  const urgency = obr.first(27).at(6) || orc.first(7).at(6) || obr.at(5);
  const resource = compact({
    resourceType: 'ServiceRequest',
    identifier: [key, ...[placer, filler].filter((one) => one !== null)],
    status: status ?? 'unknown',
    intent: 'order',
    priority: PRIORITY[urgency.charAt(0).toUpperCase()],
    code,
    subject: { reference: PATIENT },
    ...(encounter !== undefined && { encounter }),
    occurrenceDateTime: moment(mapping, obr, 36) ?? moment(mapping, obr, 6),
    authoredOn: moment(mapping, orc, 9),
    requester,
    reasonCode: obr
      .all(31)
      .map((part) => concept(mapping, part))
      .filter((one) => one !== undefined),
    note: note.length === 0 ? [] : [{ text: note.join('\n') }],
  });
  mapping.drafts.add({
    resource,
    key,
    write: 'put',
    merge: (stored, brought) => ({ ...stored, ...brought, ...(status === null && { status: stored.status }) }),
  });
}

function statusOf(orc: Segment): string | null {
  const control = orc.required(1, 'The order control code').toUpperCase();
  if (!Object.hasOwn(CONTROL, control))
    throw orc.refusal('table-value', 'The order control code is not one that is read', 1);
  const own = STATUS[orc.at(5).toUpperCase()] ?? null;
  return CONTROL[control] === null ? own : (CONTROL[control] as string);
}
