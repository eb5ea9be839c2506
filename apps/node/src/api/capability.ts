import type { NodeConfig } from '../config/index.ts';
import { resourceTypes } from '../modules/records/definitions.ts';
import { definitionOperations } from './definition-operations.ts';

const INTERACTIONS = ['read', 'vread', 'update', 'delete', 'history-instance', 'history-type', 'create', 'search-type'];
const SYSTEM = ['transaction', 'batch', 'search-system', 'history-system'];

/** What this server does (https://hl7.org/fhir/R4/capabilitystatement.html), and nothing that it does not. */
export function capabilityStatement(config: NodeConfig): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-23',
    kind: 'instance',
    software: { name: 'Anamnesis', version: '0.1.0' },
    implementation: { description: config.name, url: `${config.publicUrl}/fhir/R4` },
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        security: {
          cors: false,
          description:
            'Bearer tokens: of staff and integrators, of patients in a session, of organisations under a consent',
        },
        resource: resourceTypes().map((type) => ({
          type,
          interaction: INTERACTIONS.map((code) => ({ code })),
          versioning: 'versioned-update',
          readHistory: true,
          updateCreate: true,
          conditionalCreate: true,
          operation: definitionOperations(type),
        })),
        interaction: SYSTEM.map((code) => ({ code })),
      },
    ],
  };
}
