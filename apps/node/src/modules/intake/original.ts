import { randomUUID } from 'node:crypto';
import type { Authority } from '../consent/index.ts';
import type { FhirResource } from '../records/index.ts';
import { ID } from './context.ts';
import type { Intake } from './drafts.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const OPERATION = 'http://terminology.hl7.org/CodeSystem/v3-DataOperation';
const AGENT_TYPE = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';

/**
 * One label for each sensitive class. An original holds what nobody has read: a diagnosis that is not mapped, a sentence in a note. So it is released only
 * to who may see every class.
 */
const UNREAD = ['PSY', 'SUD', 'HIV', 'SEX', 'GDIS', 'VIO'].map((code) => ({ system: ACT_CODE, code }));

/** The message as it came, in the patient's compartment. */
export function originalOf({ original }: Intake, patient: string): FhirResource {
  return {
    resourceType: 'Binary',
    id: randomUUID(),
    meta: { security: UNREAD },
    contentType: original.contentType,
    securityContext: { reference: `Patient/${patient}` },
    data: Buffer.from(original.bytes).toString('base64'),
  };
}

/** Where records come from (https://hl7.org/fhir/R4/provenance.html): the versions that a message made, and the original as their source. */
export function provenanceOf(
  intake: Intake,
  authority: Authority,
  made: {
    readonly patient: string;
    readonly targets: readonly string[];
    readonly original: string;
    readonly at: number;
  },
): FhirResource {
  const { patient, targets, original, at } = made;
  const own = targets.filter((target) => !target.startsWith(`Patient/${patient}/`));
  const version = targets.find((target) => target.startsWith(`Patient/${patient}/`)) ?? `Patient/${patient}`;
  const source = { identifier: { system: `${ID}sender`, value: intake.sender } };
  return {
    resourceType: 'Provenance',
    id: randomUUID(),
    // The patient is a target always: by her the Provenance is hers.
    target: [version, ...own].map((reference) => ({ reference })),
    ...(intake.saidAt !== null && { occurredDateTime: intake.saidAt }),
    recorded: new Date(at).toISOString(),
    activity: { coding: [{ system: OPERATION, code: intake.activity }] },
    agent: [
      { type: agentType('author'), who: source },
      {
        type: agentType('assembler'),
        who: { reference: authority.actor, ...(authority.display !== null && { display: authority.display }) },
      },
    ],
    entity: [
      {
        role: 'source',
        what: {
          reference: original,
          identifier: { system: `${ID}message`, value: `${intake.sender}|${intake.message}` },
        },
      },
    ],
  };
}

function agentType(code: string): object {
  return { coding: [{ system: AGENT_TYPE, code }] };
}
