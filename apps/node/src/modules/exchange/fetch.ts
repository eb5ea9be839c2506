import { checkGrant, type Grant } from '@anamnesis/protocol';
import { appendAccess } from '../audit/index.ts';
import { type Authority, idOf, refusalOf, type Scope, scopeOf } from '../consent/index.ts';
import type { Peer } from '../directory/index.ts';
import { accessEntries, requireAction } from '../records/access.ts';
import { collect } from './collect.ts';
import type { ExchangeContext } from './context.ts';
import { asExchangeError, ExchangeError } from './errors.ts';
import { openLine, type PeerLine } from './peer.ts';
import { provenanceOf } from './provenance.ts';
import { type Reception, storeReception } from './received.ts';
import { type Judged, judge } from './verify.ts';

/** What came of asking a custodian. `released` counts everything that it sent. */
export interface FetchResult {
  readonly released: number;
  /** As sealed on the ledger. */
  readonly verified: number;
  /** In the custodian's log, but not sealed yet. */
  readonly unsealed: number;
  /** Those that do not verify (kept, marked) and those that should not have come (not kept). */
  readonly failed: readonly { readonly reference: string; readonly reason: string }[];
}

/**
 * Asks a custodian for the records that a patient's consent opens to us, verifies each against the ledger as this node follows it, and
 * keeps them encrypted, unchanged, with proof, verdict and provenance. Logged here, as it is there.
 *
 * Throws AnamnesisError `grant-malformed` or `terms-malformed`; ExchangeError: `received-refused` when our own look at the consent says
 * no (with the reason in `detail`), `peer-refused` when the custodian's does, `peer-unknown`, `peer-inactive`, `peer-profile`,
 * `peer-unreachable`, `peer-slow`, `peer-answer` or `peer-too-large`. Nothing is kept of a fetch that fails half way.
 */
export async function fetchFromPeer(
  context: ExchangeContext,
  authority: Authority,
  request: {
    /** Directory id of the organisation that holds the records. */
    readonly custodian: number;
    readonly grant: Grant;
    /** HL7 v3 PurposeOfUse code. */
    readonly purpose: string;
    /** FHIR reference of the person who asks: for software that acts for one. A person can only ask for herself. */
    readonly practitioner?: string | null;
  },
): Promise<FetchResult> {
  requireAction(authority, 'read');
  const grant = checkGrant(request.grant);
  const { custodian, purpose } = request;
  const practitioner = practitionerOf(authority, request.practitioner ?? null);
  const consentId = idOf(context, grant.terms);
  const asked = { grantee: context.ledger.organization, practitioner, purpose, action: 'read' } as const;
  const reason = await refusalOf(context, context.database, { id: consentId, grant }, asked);
  if (reason !== null) {
    const query = `exchange/fetch custodian=${custodian} consent=${consentId} reason=${reason}`;
    const access = { at: context.clock(), action: 'read', outcome: 'refused', query } as const;
    await context.database.transaction((tx) => appendAccess(context, tx, accessEntries(authority, access, [])));
    throw new ExchangeError('received-refused', `the consent does not allow this: ${reason}`, { detail: reason });
  }
  const line = await openLine(context, await findCustodian(context, custodian), {
    ...{ grant, purpose, practitioner, display: authority.display },
  });
  return receive(context, authority, line, {
    ...{ consentId, custodian, grant, subject: grant.terms.subject, categories: grant.terms.categories },
    ...{
      scope: scopeOf(grant.terms, line.patient),
      query: `exchange/fetch custodian=${custodian} consent=${consentId}`,
    },
  });
}

/** Collects over an open line, judges what comes and keeps it, in place of what came on the same basis before. Logged as it is kept. */
export async function receive(
  context: ExchangeContext,
  authority: Authority,
  line: PeerLine,
  of: Pick<Reception, 'consentId' | 'custodian' | 'grant' | 'subject' | 'declaredBy'> & {
    readonly categories: number;
    readonly scope: Scope;
    readonly query: string;
  },
): Promise<FetchResult> {
  const { consentId, custodian, categories, scope, query, ...rest } = of;
  const judged: Judged[] = [];
  for await (const page of collect(context, line, categories))
    judged.push(...(await judge(context, line, scope, page)));
  const base = line.peer.profile.endpoints.fhir;
  const references = judged.flatMap(({ verdict, reference }) =>
    verdict.kind === 'refused' || reference === null ? [] : [reference],
  );
  const at = context.clock();
  const receiver = context.ledger.organization;
  const provenance = provenanceOf({ base, references, custodian, receiver, consentId, at });
  await context.database.transaction(async (tx) => {
    const { patient } = line;
    await storeReception(context, tx, { ...rest, consentId, custodian, base, patient, provenance }, judged);
    // The patient is not one of ours: what concerns her stands in our log by the custodian's references.
    const touched = references.map((reference) => ({ patient: null, entity: `${base}/${reference}` }));
    await appendAccess(context, tx, accessEntries(authority, { at, action: 'read', query }, touched));
  });
  return summaryOf(judged);
}

function practitionerOf({ actor }: Authority, named: string | null): string | null {
  if (!actor.startsWith('Practitioner/')) return named;
  if (named !== null && named !== actor) {
    throw new ExchangeError('invalid-request', 'a practitioner can only ask in her own name');
  }
  return actor;
}

/** The custodian's node. Errors: `peer-unknown` for ourselves, those of the Directory. */
export async function findCustodian(context: ExchangeContext, custodian: number): Promise<Peer> {
  if (custodian === context.ledger.organization) {
    throw new ExchangeError('peer-unknown', 'the custodian is this organisation itself');
  }
  try {
    return await context.directory.peer(custodian);
  } catch (error) {
    throw asExchangeError(error);
  }
}

function summaryOf(judged: readonly Judged[]): FetchResult {
  const count = (kind: string) => judged.filter(({ verdict }) => verdict.kind === kind).length;
  const failed = judged.flatMap(({ verdict, reference, resource }) =>
    'reason' in verdict ? [{ reference: reference ?? resource.resourceType, reason: verdict.reason }] : [],
  );
  return { released: judged.length, verified: count('verified'), unsealed: count('unsealed'), failed };
}
