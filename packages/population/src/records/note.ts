/** Notes: what a clinician writes down in words. */
import type { DocumentReference } from '@medplum/fhirtypes';
import { file, keeper, referenceTo } from '../chart.ts';
import { DOCUMENTS } from '../codes/care.ts';
import { codeable, wording } from '../codes/concept.ts';
import { staffReference } from '../staff.ts';
import { instantOf } from '../time.ts';
import type { Visit } from '../visit.ts';

/** The note of a visit as a plain-text document. */
export function writeNote(visit: Visit, kind: keyof typeof DOCUMENTS, opening: string): void {
  const language = visit.chart.organization.language;
  const closing = `— ${visit.clinician.name.text ?? ''}, ${visit.chart.organization.name}`;
  const text = [opening, ...visit.notes, closing].join('\n');
  file<DocumentReference>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'DocumentReference',
      status: 'current',
      docStatus: 'final',
      type: codeable(DOCUMENTS[kind], language),
      subject: visit.chart.patient,
      date: instantOf(visit.end),
      author: [staffReference(visit.clinician)],
      custodian: keeper(visit.chart),
      content: [
        {
          attachment: {
            contentType: 'text/plain; charset=utf-8',
            language,
            data: Buffer.from(text, 'utf8').toString('base64'),
            title: wording(DOCUMENTS[kind], language),
            creation: instantOf(visit.end),
          },
        },
      ],
      context: { encounter: [referenceTo(visit.encounter)] },
    },
    visit.sensitivity,
  );
}
