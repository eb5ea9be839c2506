import { randomUUID } from 'node:crypto';
import type { Hex } from 'viem';

const DIRECTORY_ID = 'https://anamnesis.example/id/directory';
const CONSENT_ID = 'https://anamnesis.example/id/consent';
const AGENT_TYPE = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type';

/**
 * Where received records come from, as a FHIR R4 Provenance (https://hl7.org/fhir/R4/provenance.html): received by us from the
 * custodian, under a consent. Targets are version-specific and absolute, since the records are the custodian's.
 */
export function provenanceOf(reception: {
  readonly base: string;
  readonly references: readonly string[];
  readonly custodian: number;
  readonly receiver: number;
  readonly consentId: Hex;
  /** Milliseconds since 1970. */
  readonly at: number;
}): object {
  const { base, references, custodian, receiver, consentId, at } = reception;
  const organization = (id: number) => ({
    type: 'Organization',
    identifier: { system: DIRECTORY_ID, value: String(id) },
  });
  const agent = (code: string, id: number) => ({
    type: { coding: [{ system: AGENT_TYPE, code }] },
    who: organization(id),
  });
  return {
    resourceType: 'Provenance',
    id: randomUUID(),
    target: references.map((reference) => ({ reference: `${base}/${reference}` })),
    recorded: new Date(at).toISOString(),
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', code: 'receive' }] },
    agent: [agent('custodian', custodian), agent('assembler', receiver)],
    entity: [{ role: 'source', what: { type: 'Consent', identifier: { system: CONSENT_ID, value: consentId } } }],
  };
}
