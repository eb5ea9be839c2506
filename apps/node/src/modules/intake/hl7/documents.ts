import { compact, PATIENT } from '../drafts.ts';
import type { Segment } from './message.ts';
import { concept, ei, type Mapping, moment, practitioner } from './types.ts';
import { observedValue, textOf } from './values.ts';

/** TXA-17 (table 0271) as DocumentReference.docStatus. */
const COMPLETION: Readonly<Record<string, string>> = {
  ...{
    DI: 'preliminary',
    DO: 'preliminary',
    IP: 'preliminary',
    IN: 'preliminary',
    PA: 'preliminary',
    AU: 'final',
    LA: 'final',
  },
};

/** TXA with the text or the document of its OBX as a DocumentReference. Errors: `required-field`, `data-type`. */
export function documentOf(
  mapping: Mapping,
  { txa, results }: { readonly txa: Segment; readonly results: readonly Segment[] },
  encounter: object | undefined,
): void {
  const number = ei(mapping, txa.first(12), '');
  if (number === null) throw txa.refusal('required-field', 'The unique number of the document is missing', 12, 1);
  const attachments = attachmentsOf(mapping, results);
  if (attachments.length === 0) throw txa.refusal('segment-sequence', 'No OBX segment holds the document');
  const type = concept(mapping, txa.first(2), '0270');
  if (type === undefined) throw txa.refusal('required-field', 'The type of the document is missing', 2, 1);
  const people = (field: number): object[] => txa.all(field).flatMap((part) => practitioner(mapping, part) ?? []);
  const availability = txa.at(19).toUpperCase();
  const key = { system: number.system, value: number.value };
  const authors = people(9);
  const resource = compact({
    resourceType: 'DocumentReference',
    masterIdentifier: key,
    status: availability === 'CA' ? 'entered-in-error' : availability === 'OB' ? 'superseded' : 'current',
    docStatus: COMPLETION[txa.at(17).toUpperCase()],
    type,
    subject: { reference: PATIENT },
    date: instantIn(mapping, txa),
    author: authors.length > 0 ? authors : people(5),
    authenticator: people(22)[0] ?? people(10)[0],
    description: txa.at(25),
    content: attachments.map((attachment) => ({ attachment })),
    context: compact({
      encounter: encounter === undefined ? [] : [encounter],
      period: compact({ start: moment(mapping, txa, 4) }),
    }),
  });
  mapping.drafts.add({ resource, key, write: 'put' });
}

/** DocumentReference.date is an instant: when it was transcribed, or made. */
function instantIn(mapping: Mapping, txa: Segment): string | undefined {
  return [7, 6, 4].map((field) => moment(mapping, txa, field)).find((one) => one?.includes('T'));
}

/** Texts together as one, documents each for itself. */
function attachmentsOf(mapping: Mapping, results: readonly Segment[]): object[] {
  const texts: string[] = [];
  const documents: object[] = [];
  for (const obx of results) {
    if (/^(?:ST|TX|FT)$/i.test(obx.at(2))) {
      texts.push(textOf(obx));
      continue;
    }
    const { attachment } = observedValue(mapping, obx);
    if (attachment === undefined) throw obx.refusal('data-type', 'A document is a text or encapsulated', 2);
    documents.push(attachment);
  }
  const data = Buffer.from(texts.join('\n'), 'utf8').toString('base64');
  return data === '' ? documents : [{ contentType: 'text/plain; charset=utf-8', data }, ...documents];
}
