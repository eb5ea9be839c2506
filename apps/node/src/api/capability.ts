import type { NodeConfig } from '../config/index.ts';
import { resourceTypes } from '../modules/records/definitions.ts';

const INTERACTIONS = ['read', 'vread', 'update', 'delete', 'history-instance', 'history-type', 'create', 'search-type'];
const SYSTEM = ['transaction', 'batch', 'search-system', 'history-system'];

/** Where apps are authorised. */
const OAUTH_URIS = [
  ['authorize', 'authorize'],
  ['token', 'token'],
  ['introspect', 'introspect'],
  ['revoke', 'revoke'],
] as const;

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
          cors: true,
          service: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
              ],
            },
          ],
          description:
            'Bearer tokens: of apps within SMART scopes, of staff and integrators, of patients in a session, of organisations under a consent',
          // https://hl7.org/fhir/smart-app-launch/STU1/conformance/ (for apps that read it here)
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: OAUTH_URIS.map(([url, path]) => ({ url, valueUri: `${config.publicUrl}/oauth/${path}` })),
            },
          ],
        },
        resource: resourceTypes().map((type) => ({
          type,
          interaction: INTERACTIONS.map((code) => ({ code })),
          versioning: 'versioned-update',
          readHistory: true,
          updateCreate: true,
          conditionalCreate: true,
        })),
        interaction: SYSTEM.map((code) => ({ code })),
      },
    ],
  };
}
