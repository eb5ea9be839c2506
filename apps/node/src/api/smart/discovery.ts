import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONTEXT_SCOPES } from '../../modules/smart/index.ts';
import type { ApiContext } from '../context.ts';
import { FHIR } from '../fhir.ts';

/** What is supported of SMART App Launch 2.2 (https://hl7.org/fhir/smart-app-launch/conformance.html#capability-sets). */
const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'context-standalone-encounter',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
];

/** Examples for people; the full language is that of SMART 2.2. */
const SCOPES = [
  ...CONTEXT_SCOPES,
  'patient/*.rs',
  'patient/*.cruds',
  'patient/Observation.rs',
  'patient/*.read',
  'user/*.rs',
  'user/*.cruds',
  'user/*.read',
  'system/*.rs',
];

/** The SMART configuration, at the FHIR base and at the root, and the OAuth metadata where RFC 8414 looks for it. */
export function discoveryRoutes(server: FastifyInstance, api: ApiContext): void {
  const { issuer } = api.smart;
  const configuration = {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    scopes_supported: SCOPES,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    capabilities: CAPABILITIES,
  };
  const smart = (_request: FastifyRequest, reply: FastifyReply) =>
    reply.header('cache-control', 'public, max-age=60').type('application/json; charset=utf-8').send(configuration);
  server.get('/.well-known/smart-configuration', smart);
  server.get(`${FHIR}/.well-known/smart-configuration`, smart);
  const { capabilities, ...metadata } = configuration;
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    server.get(`/.well-known/${name}/oauth`, (_request, reply) => reply.send(metadata));
  }
}
