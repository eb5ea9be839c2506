import { readdirSync, readFileSync, statSync } from 'node:fs';
import { stringifyJson } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { ACCESS_PARAMETERS } from '../modules/audit/index.ts';
import {
  COMMON_PARAMETERS,
  COMPARTMENTS,
  type FhirResource,
  isServedElsewhere,
  searchCapabilityOf,
  servedTypes,
  subsetOf,
} from '../modules/records/index.ts';
import { TOPICS } from '../modules/subscriptions/index.ts';
import type { ApiContext } from './context.ts';
import { FHIR } from './fhir.ts';
import { formatOf, queryOf, sendFhir } from './negotiate.ts';
import { SUBSCRIPTION_PARAMETERS } from './subscriptions.ts';

/** Ids of the official definitions. */
const COMPARTMENT_IDS = {
  Patient: 'patient',
  Encounter: 'encounter',
  RelatedPerson: 'relatedPerson',
  Practitioner: 'practitioner',
  Device: 'device',
} as const;

/** Where apps are authorised. */
const OAUTH_URIS = [
  ['authorize', 'authorize'],
  ['token', 'token'],
  ['introspect', 'introspect'],
  ['revoke', 'revoke'],
] as const;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Canonical of the OperationDefinition that a route of an operation (`…/$name`) implements; by default FHIR's own of that name. */
    readonly operation?: string;
  }
}

/** A route of the FHIR interface: method, and path under the base. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: string | undefined;
}

/** What a route is called in a CapabilityStatement (https://hl7.org/fhir/R4/valueset-type-restful-interaction.html). */
const OF_TYPES: Readonly<Record<string, string>> = {
  'GET /:type/:id': 'read',
  'GET /:type/:id/_history/:version': 'vread',
  'PUT /:type/:id': 'update',
  'PATCH /:type/:id': 'patch',
  'DELETE /:type/:id': 'delete',
  'GET /:type/:id/_history': 'history-instance',
  'GET /:type/_history': 'history-type',
  'POST /:type': 'create',
  'GET /:type': 'search-type',
};
const OF_SYSTEM: Readonly<Record<string, readonly string[]>> = {
  'POST ': ['transaction', 'batch'],
  'GET ': ['search-system'],
  'GET /_history': ['history-system'],
};

/**
 * `GET /metadata` (https://hl7.org/fhir/R4/http.html#capabilities). Must be registered before all other routes: it notes them as they are added, and
 * says what they are and nothing else.
 */
export function capabilityRoutes(server: FastifyInstance, api: ApiContext): void {
  const routes: Route[] = [];
  server.addHook('onRoute', ({ method, url, config }) => {
    if (!url.startsWith(FHIR)) return;
    for (const one of [method].flat())
      routes.push({ method: one, path: url.slice(FHIR.length), operation: config?.operation });
  });
  // Made at the first request, when all routes are known, and then kept as text: it is half a megabyte, and anybody may ask for it.
  let made: { readonly statement: FhirResource; readonly text: string } | undefined;
  server.get(`${FHIR}/metadata`, (request, reply) => {
    if (made === undefined) {
      const statement = capabilityStatement(api, routes);
      made = { statement, text: stringifyJson(statement) };
    }
    const { type, pretty } = formatOf(request);
    const subset = subsetOf(queryOf(request));
    if (pretty || subset !== null) return sendFhir(request, reply, subset?.(made.statement) ?? made.statement);
    return reply.type(type).send(made.text);
  });
}

/** What this server does (https://hl7.org/fhir/R4/capabilitystatement.html), read off its routes and the parameters that its search knows. */
function capabilityStatement({ config, context }: ApiContext, routes: readonly Route[]): FhirResource {
  const served = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  const interactionsOf = (type: string) =>
    Object.entries(OF_TYPES).flatMap(([route, code]) => (served.has(route.replace(':type', type)) ? [{ code }] : []));
  const interaction = interactionsOf(':type');
  const ofSystem = Object.entries(OF_SYSTEM).flatMap(([route, codes]) => (served.has(route) ? codes : []));
  const types = [...servedTypes()];
  return {
    resourceType: 'CapabilityStatement',
    id: 'anamnesis',
    url: `${context.base}/metadata`,
    name: 'Anamnesis',
    title: `FHIR R4 at ${config.name}`,
    status: 'active',
    date: changedAt(),
    publisher: config.name,
    kind: 'instance',
    software: { name: 'Anamnesis', version: softwareVersion() },
    implementation: { description: config.name, url: context.base },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          cors: config.corsOrigins.length > 0,
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
        resource: types.map((type) =>
          isServedElsewhere(type)
            ? { ...subscriptionCapability(), interaction: interactionsOf(type), ...operationsOf(routes, type) }
            : {
                type,
                profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
                interaction,
                versioning: 'versioned-update',
                readHistory: served.has('GET /:type/:id/_history/:version'),
                updateCreate: true,
                conditionalCreate: true,
                conditionalRead: 'full-support',
                conditionalUpdate: served.has('PUT /:type'),
                conditionalDelete: served.has('DELETE /:type') ? config.conditionalDelete : 'not-supported',
                ...(type === 'AuditEvent' ? { searchParam: ACCESS_PARAMETERS } : searchCapabilityOf(type)),
                ...operationsOf(routes, type),
              },
        ),
        interaction: ofSystem.map((code) => ({ code })),
        searchParam: COMMON_PARAMETERS,
        ...operationsOf(routes, null),
        compartment: COMPARTMENTS.map((type) => `http://hl7.org/fhir/CompartmentDefinition/${COMPARTMENT_IDS[type]}`),
      },
    ],
  };
}

/** The operations of a type, or (null) of the system, each once. */
function operationsOf(routes: readonly Route[], type: string | null): { operation?: object[] } {
  const found = new Map<string, object>();
  for (const { path, operation } of routes) {
    const [head = '', name] = /^(?:\/([^/]+))??(?:\/:id)?\/\$([\w-]+)$/.exec(path)?.slice(1) ?? [];
    if (name === undefined) continue;
    const applies = type === null ? head === '' : head === ':type' || head === type;
    if (!applies) continue;
    const owner = head === '' ? 'Resource' : head === ':type' ? 'Resource' : head;
    found.set(name, { name, definition: operation ?? `http://hl7.org/fhir/OperationDefinition/${owner}-${name}` });
  }
  return found.size === 0 ? {} : { operation: [...found.values()] };
}

/** When what is served last changed: the newest of the definitions and of the files that serve them. There is no build that could say. */
function changedAt(): string {
  const folders = [new URL('.', import.meta.url), new URL('../modules/records/generated/', import.meta.url)];
  const times = folders.flatMap((folder) => readdirSync(folder).map((name) => statSync(new URL(name, folder)).mtimeMs));
  return new Date(Math.max(...times)).toISOString();
}

function softwareVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}

/** Subscriptions are their owner's, not records: fewer interactions, and the topics that there are. */
function subscriptionCapability(): object {
  const url =
    'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical';
  return {
    extension: TOPICS.map((topic) => ({ url, valueCanonical: topic.url })),
    type: 'Subscription',
    profile: 'http://hl7.org/fhir/StructureDefinition/Subscription',
    supportedProfile: ['http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription'],
    versioning: 'versioned-update',
    readHistory: false,
    updateCreate: false,
    conditionalCreate: false,
    conditionalRead: 'full-support',
    conditionalUpdate: false,
    conditionalDelete: 'not-supported',
    searchParam: SUBSCRIPTION_PARAMETERS.map((name) => ({
      name,
      type: name === 'criteria' ? 'string' : name === 'url' ? 'uri' : 'token',
    })),
  };
}
