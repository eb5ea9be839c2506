import type { Queryable } from '../../../storage/index.ts';
import type { Authority } from '../authority.ts';
import type { ConsentContext } from '../context.ts';
import type { PatientRule, Provision, RuledScope, Scope, WholeScope } from '../scope.ts';
import { type Directive, type DirectiveRequest, resolveProvision } from './directive.ts';
import { activeDirectives } from './held.ts';
import { DIRECTORY_ID } from './read-directive.ts';

/**
 * What is left of a scope once the directives of this node (FHIR Consents of its patients, and its own policy) were asked. They never open anything: of what a
 * scope lets be seen, a patient's directives come first, then the policy; of several that apply, one that denies wins. A scope that none is about is given back.
 *
 * @param newest what `NEWEST_DIRECTIVE` gave in a statement of this request, where one has asked already.
 */
export async function underDirectives(
  context: ConsentContext,
  q: Queryable,
  scope: WholeScope,
  request: Omit<DirectiveRequest, 'memberOf' | 'at' | 'release'>,
  newest?: number | null,
): Promise<Exclude<Scope, { kind: 'narrowed' }>> {
  const held = await activeDirectives(context, q, newest);
  if (held.size === 0) return scope;
  const whose = scope.kind === 'all' ? [...held.keys()] : [null, ...scope.patients];
  const own = whose.flatMap((patient) => held.get(patient) ?? []);
  if (own.length === 0) return scope;
  const whole: DirectiveRequest = {
    ...request,
    release: request.organization !== context.ledger.organization,
    at: context.clock(),
    memberOf: own.some(({ provision }) => JSON.stringify(provision).includes('"member"'))
      ? await membershipsOf(q, request)
      : new Set(),
  };
  const policy = own.filter(({ patient }) => patient === null).flatMap((one) => resolveProvision(one.provision, whole));
  const directives = rulesOf(own, whole);
  // Nothing that only permits withholds anything.
  const withholds = [...policy, ...directives.flatMap(({ provisions }) => provisions)].some(denies);
  return withholds ? { kind: 'ruled', within: scope, directives, policy, spared: [] } : scope;
}

/** The authority under the directives of this node: all but a patient's own look at her records. `newest`: as for `underDirectives`. */
export async function directed(
  context: ConsentContext,
  authority: Authority,
  { emergency = false, newest }: { readonly emergency?: boolean; readonly newest?: number | null } = {},
): Promise<Authority> {
  const { scope, basis, actor, organization, purpose } = authority;
  if (basis.kind === 'subject' || (basis.kind === 'app' && basis.for === 'subject')) return authority;
  const request = { actor, organization, purpose, emergency };
  if (scope.kind === 'narrowed') {
    if (scope.within.kind === 'ruled') return authority;
    const within = await underDirectives(context, context.database, scope.within, request, newest);
    return within === scope.within ? authority : { ...authority, scope: { ...scope, within } };
  }
  const own = scope.kind === 'ruled' ? scope : null;
  const limited = await underDirectives(
    context,
    context.database,
    own?.within ?? (scope as WholeScope),
    request,
    newest,
  );
  if (limited.kind !== 'ruled') return authority;
  // What an emergency's first set leaves out, no directive lets in: both hold.
  if (own !== null) return { ...authority, scope: { ...own, directives: deniedOnly(limited) } };
  // Who keeps directives must see them to change them, whomever they bind.
  const keeps = basis.kind === 'staff' && basis.role !== undefined && basis.role !== 'clinician';
  const spared = keeps ? ['Consent'] : [];
  return { ...authority, scope: { ...limited, spared, ...(await liftedFor(context, authority, limited)) } };
}

/** The rules that are left for the patients for whom this member of staff declared an emergency here, while she reads for emergency treatment. */
async function liftedFor(
  context: ConsentContext,
  { actor, organization, purpose, basis }: Authority,
  { within }: RuledScope,
): Promise<Pick<RuledScope, 'lifted'>> {
  if (purpose !== 'ETREAT' || basis.kind !== 'staff') return {};
  const rows = await context.database.query<{ patient: string }>(
    `select distinct patient from emergency where side = 'own' and actor = $1 and until > $2 and patient is not null`,
    [actor, Math.floor(context.clock() / 1000)],
  );
  if (rows.length === 0) return {};
  const request = { actor, organization, purpose, emergency: true };
  const still = await underDirectives(context, context.database, within, request);
  const { directives, policy } = still.kind === 'ruled' ? still : { directives: [], policy: [] };
  return { lifted: { patients: rows.map(({ patient }) => patient), directives, policy } };
}

/** What rules deny, as rules that permit nothing. */
function deniedOnly({ directives, policy, within }: RuledScope): PatientRule[] {
  const patients = within.kind === 'limited' ? within.patients : [];
  const denied = (provisions: readonly Provision[]) => provisions.filter(denies);
  return [
    ...directives.map((rule) => ({ ...rule, provisions: denied(rule.provisions) })),
    ...(policy.length > 0 ? [{ patients, provisions: denied(policy) }] : []),
  ].filter(({ provisions }) => provisions.length > 0);
}

function denies({ effect, except }: Provision): boolean {
  return effect === 'deny' || except.some(denies);
}

/** Patients whose directives come to the same share a rule, so that a statement grows with the ways of directing and not with the patients. */
function rulesOf(directives: readonly Directive[], request: DirectiveRequest): PatientRule[] {
  const provisionsOf = new Map<string, Provision[]>();
  for (const { patient, provision } of directives) {
    if (patient === null) continue;
    const resolved = resolveProvision(provision, request);
    if (resolved.length > 0) provisionsOf.set(patient, [...(provisionsOf.get(patient) ?? []), ...resolved]);
  }
  const alike = Map.groupBy(provisionsOf, ([, provisions]) => keyOf(provisions));
  return [...alike.values()].map((patients) => ({
    patients: patients.map(([patient]) => patient),
    provisions: patients[0]?.[1] ?? [],
  }));
}

/** JSON knows no infinity. */
function keyOf(provisions: readonly Provision[]): string {
  return JSON.stringify(provisions, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** The Groups, CareTeams and PractitionerRoles here that name the actor, and the Organizations here that stand for hers. */
async function membershipsOf(
  q: Queryable,
  { actor, organization }: Pick<DirectiveRequest, 'actor' | 'organization'>,
): Promise<Set<string>> {
  const [, type = '', id = actor] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(actor) ?? [];
  const rows = await q.query<{ type: string; id: string }>(
    `select r.type, r.id from search_reference c join resource r on r.row_id = c.row_id
     where c.target_type = $1 and c.target_id = $2 and r.type in ('Group', 'CareTeam', 'PractitionerRole') and not r.deleted
     union
     select r.type, r.id from search_token t join resource r on r.row_id = t.row_id
     where t.system = $3 and t.code = $4 and r.type = 'Organization' and not r.deleted`,
    [type, id, DIRECTORY_ID, String(organization)],
  );
  return new Set(rows.map((row) => `${row.type}/${row.id}`));
}
