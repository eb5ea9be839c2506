import { ADDED_LABEL } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authority } from '../modules/consent/index.ts';
import { FHIR } from './fhir.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const OBSERVATION_VALUE = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
/** Labels of what may not be passed on without a consent that says so, in many places by law. */
const NOTICE = new Set(['ETH', 'ETHUD', 'SUD', 'OPIOIDUD', 'HIV', 'MH', 'PSY']);

interface Label {
  readonly system?: string;
  readonly code?: string;
  readonly display?: string;
  readonly extension?: readonly object[];
}
type Resource = {
  readonly resourceType?: unknown;
  readonly meta?: { readonly security?: readonly Label[] };
  readonly entry?: readonly { readonly resource?: Resource }[];
};

const authorities = new WeakMap<FastifyRequest, Authority>();

/** Tells the answer of a request under what authority it is given. */
export function answerUnder(request: FastifyRequest, authority: Authority): Authority {
  authorities.set(request, authority);
  return authority;
}

/**
 * What a permit to another organisation obliges to stands in what it is given: a Bundle is labelled with the highest confidentiality of what is in it, with
 * the prohibition to pass it on, with a notice where the law has one, and as incomplete. The last says the same whether anything was withheld or not.
 */
export function carryObligations(server: FastifyInstance): void {
  server.addHook('preSerialization', async (request, _reply, payload) => {
    const kind = authorities.get(request)?.basis.kind;
    if ((kind !== 'consent' && kind !== 'emergency') || !request.url.startsWith(FHIR)) return payload;
    const resource = payload as Resource | null;
    if (typeof resource?.resourceType !== 'string' || resource.resourceType === 'OperationOutcome') return payload;
    return { ...resource, meta: { ...resource.meta, security: labelsFor(resource) } };
  });
}

function labelsFor(resource: Resource): readonly Label[] {
  const own = resource.meta?.security ?? [];
  const inside = [own, ...(resource.entry ?? []).map((one) => one.resource?.meta?.security ?? [])].flat();
  const restricted = inside.some(({ system, code }) => system === CONFIDENTIALITY && (code === 'R' || code === 'V'));
  const notice = inside.some(({ code }) => code !== undefined && NOTICE.has(code));
  const display =
    'Not to be disclosed further without a consent that allows it, which the law of many places forbids besides';
  const added: Label[] = [
    ...(resource.resourceType === 'Bundle' ? [{ system: CONFIDENTIALITY, code: restricted ? 'R' : 'N' }] : []),
    { system: ACT_CODE, code: 'NORDSCLCD', ...(notice && { display }) },
    ...(resource.resourceType === 'Bundle' ? [{ system: OBSERVATION_VALUE, code: 'REDACTED' }] : []),
  ];
  return [...own, ...added.map((label) => ({ extension: [{ url: ADDED_LABEL, valueBoolean: true }], ...label }))];
}
