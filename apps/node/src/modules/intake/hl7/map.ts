import type { IntakeSender, IntakeSettings } from '../../../config/index.ts';
import { Drafts, type Intake } from '../drafts.ts';
import { IntakeRefusal } from '../refusal.ts';
import { dateTimeOf } from '../times.ts';
import { documentOf } from './documents.ts';
import type { Hl7Message, Segment } from './message.ts';
import { orderOf } from './orders.ts';
import { patientOf, priorOf, required } from './person.ts';
import { type ResultGroup, resultsOf } from './results.ts';
import type { Mapping } from './types.ts';
import { visitOf, visitReference } from './visit.ts';

/** ADT events that are read, and what they make of the visit: null leaves it, undefined is not about one. */
const ADT: Readonly<Record<string, string | null | undefined>> = {
  ...{ A01: 'in-progress', A03: 'finished', A04: 'in-progress', A08: null, A11: 'cancelled', A13: 'in-progress' },
  ...{ A28: undefined, A31: undefined, A40: undefined },
};

/** Segment names in the order in which they came, MSH, EVN and what else is about the whole message left out. */
type Reader = (mapping: Mapping, message: Hl7Message, trigger: string) => Pick<Intake, 'patient' | 'prior'>;

const READERS: Readonly<Record<string, Reader>> = { ADT: readAdt, ORU: readOru, ORM: readOrm, MDM: readMdm };
const TRIGGERS: Readonly<Record<string, readonly string[]>> = {
  ADT: Object.keys(ADT),
  ORU: ['R01'],
  ORM: ['O01'],
  MDM: ['T02'],
};

/**
 * What a message says, as records to be. Nothing is looked up here. Errors: `IntakeRefusal`, for the first thing that cannot be mapped.
 */
export function mapMessage(
  message: Hl7Message,
  settings: IntakeSettings,
  sender: IntakeSender,
  original: Uint8Array,
): Intake {
  const { msh } = message;
  const [code, trigger] = [msh.at(9).toUpperCase(), (msh.at(9, 2) || triggerIn(message)).toUpperCase()];
  const reader = Object.hasOwn(READERS, code) ? READERS[code] : undefined;
  if (reader === undefined) throw msh.refusal('unsupported-message', 'Messages of this type are not read', 9, 1);
  if (!(TRIGGERS[code] as readonly string[]).includes(trigger)) {
    throw msh.refusal('unsupported-event', 'This event is not read', 9, 2);
  }
  const drafts = new Drafts();
  const mapping: Mapping = { settings, sender, drafts };
  const read = reader(mapping, message, trigger);
  return {
    sender: `${sender.application}|${sender.facility}`,
    message: msh.at(10),
    original: { contentType: 'application/hl7-v2', bytes: original },
    content: contentOf(message),
    activity: trigger === 'A01' || trigger === 'A04' || trigger === 'A28' ? 'CREATE' : 'UPDATE',
    saidAt: dateTimeOf(msh.at(7), sender.timezone),
    ...read,
    drafts: drafts.all,
  };
}

/** Some senders of v2.3 say the event in EVN alone. */
function triggerIn({ segments }: Hl7Message): string {
  return segments.find(({ name }) => name === 'EVN')?.at(1) ?? '';
}

/** All of a message but its id: what comes again under another id is the same. */
function contentOf({ segments }: Hl7Message): Uint8Array {
  return Buffer.from(segments.map((segment) => segment.withoutField(segment.name === 'MSH' ? 10 : null)).join('\r'));
}

function readAdt(mapping: Mapping, { segments }: Hl7Message, trigger: string): Pick<Intake, 'patient' | 'prior'> {
  const pid = required(segments, 'PID');
  const patient = patientOf(mapping, pid, { update: true });
  if (trigger === 'A40') return { patient, prior: priorOf(mapping, required(segments, 'MRG')) };
  const status = ADT[trigger];
  if (status === undefined) return { patient };
  const [pv1, pv2] = ['PV1', 'PV2'].map((name) => segments.find((one) => one.name === name));
  const visit = visitOf(mapping, { pid, pv1, pv2, status });
  if (visit === undefined && status !== null) {
    const segment = pv1 ?? pid;
    throw segment.refusal('required-field', 'The number of the visit is missing', segment.name === 'PV1' ? 19 : 18);
  }
  return { patient };
}

function readOru(mapping: Mapping, message: Hl7Message): Pick<Intake, 'patient'> {
  const { patient, encounter } = about(mapping, message);
  const groups = groupsOf(message.segments);
  if (groups.length === 0) throw new IntakeRefusal('segment-sequence', 'The message has no OBR segment');
  for (const group of groups) resultsOf(mapping, group, encounter);
  return { patient };
}

function readOrm(mapping: Mapping, message: Hl7Message): Pick<Intake, 'patient'> {
  const { patient, encounter } = about(mapping, message);
  let orc: Segment | undefined;
  const orders: { orc: Segment; obr: Segment; notes: Segment[] }[] = [];
  for (const segment of message.segments) {
    if (segment.name === 'ORC') orc = segment;
    else if (segment.name === 'OBR' && orc === undefined) {
      throw segment.refusal('segment-sequence', 'No ORC segment stands before it');
    } else if (segment.name === 'OBR') orders.push({ orc: orc as Segment, obr: segment, notes: [] });
    else if (segment.name === 'NTE') orders.at(-1)?.notes.push(segment);
    else if (/^RX[OE]$|^OD[ST]$|^RQ[D1]$/.test(segment.name)) {
      throw segment.refusal('segment-sequence', 'Orders of this kind are not read');
    }
  }
  if (orders.length === 0) throw new IntakeRefusal('segment-sequence', 'The message has no OBR segment');
  for (const order of orders) orderOf(mapping, order, encounter);
  return { patient };
}

function readMdm(mapping: Mapping, message: Hl7Message): Pick<Intake, 'patient'> {
  const { patient, encounter } = about(mapping, message);
  const txa = required(message.segments, 'TXA');
  documentOf(mapping, { txa, results: message.segments.filter(({ name }) => name === 'OBX') }, encounter);
  return { patient };
}

/** Whom a message is about that does not tell of the person or the visit: she is made where she is not there, the visit is only referred to. */
function about(
  mapping: Mapping,
  { segments }: Hl7Message,
): { patient: Intake['patient']; encounter: object | undefined } {
  const pid = required(segments, 'PID');
  const patient = patientOf(mapping, pid, { update: false });
  const pv1 = segments.find(({ name }) => name === 'PV1');
  return { patient, encounter: visitReference(mapping, pid, pv1) };
}

/** ORC, OBR, OBX and NTE as they belong together: an ORC without an OBR of its own speaks of the next one. */
function groupsOf(segments: readonly Segment[]): ResultGroup[] {
  const groups: { orc: Segment | undefined; obr: Segment; results: { obx: Segment; notes: Segment[] }[] }[] = [];
  let orc: Segment | undefined;
  for (const segment of segments) {
    const group = groups.at(-1);
    if (segment.name === 'ORC') orc = segment;
    else if (segment.name === 'OBR') {
      groups.push({ orc, obr: segment, results: [] });
      orc = undefined;
    } else if (segment.name === 'OBX') {
      if (group === undefined) throw segment.refusal('segment-sequence', 'No OBR segment stands before it');
      group.results.push({ obx: segment, notes: [] });
    } else if (segment.name === 'NTE') group?.results.at(-1)?.notes.push(segment);
  }
  return groups;
}
