import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { revokeBySig } from '@anamnesis/ledger';
import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  consentTypedData,
  encodeGrant,
  encodeProfile,
  type Grant,
  maskOf,
  maskOfAll,
  NO_PARENT,
  type ProxyLink,
  type ProxyTerms,
  PURPOSES,
  proxyTypedData,
  recipientOf,
  revokeTypedData,
  SENSITIVE,
  stringifyJson,
  verifyRecordProof,
} from '@anamnesis/protocol';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { signAssertion } from '../../modules/exchange/index.ts';
import { ENGINES } from '../../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../../testing/http-node.ts';
import { admitOrganization, type Identity, random32, startWorld, type World } from '../../testing/world.ts';
import { type Caller, READ_PATHS } from './paths.fixture.ts';
import { named, PROBES, type Probe } from './records.fixture.ts';

/**
 * Leak probes: each consent of the table is set up, and everything is asked on every path. What comes out must be exactly what the oracle of the consent says, which
 * knows the records from a table of its own and nothing of the node.
 */

const ICD = 'http://hl7.org/fhir/sid/icd-10';
const LOINC = 'http://loinc.org';
const TYPES = 'http://hl7.org/fhir/resource-types';
const CATEGORY = 'https://anamnesis.example/code/category';
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const DIRECTORY = 'https://anamnesis.example/id/directory';

type Oracle = (one: Probe) => boolean;

/** What a case is made of: terms that differ from "everything, to treat, for an hour", directives that are active meanwhile, who asks, and what may come. */
interface Case {
  readonly name: string;
  readonly terms?: Partial<ConsentTerms> | (() => Partial<ConsentTerms>);
  readonly directives?: readonly object[];
  /** Set up after the consent was taken in. */
  readonly afterwards?: (at: Setting, grant: Grant) => Promise<void>;
  readonly chain?: (at: Setting) => Promise<{ chain: ProxyLink[]; by: PrivateKeyAccount }>;
  readonly purpose?: string;
  readonly practitioner?: string;
  readonly grantee?: 2 | 3;
  /** Staff of the custodian in place of another organisation. */
  readonly staff?: true;
  /** `refused`: not even a token, or no answer under it. */
  readonly released: Oracle | 'refused';
}

interface Setting {
  readonly world: World;
  readonly node: HttpNode;
  readonly maria: PrivateKeyAccount;
  readonly grant: (change?: Partial<ConsentTerms>) => Promise<Grant>;
}

const now = () => Math.floor(Date.now() / 1000);
const year = (value: number) => Date.UTC(value, 0, 1) / 1000;
const classes = (...names: string[]) => maskOf(SENSITIVE, names);
const everyClass = maskOfAll(SENSITIVE);
const only = (...names: string[]) => ({ categories: maskOf(CATEGORIES, names) });

const mine: Oracle = ({ patient }) => patient === 'maria';
const and =
  (...all: Oracle[]): Oracle =>
  (one) =>
    all.every((oracle) => oracle(one));
const not =
  (oracle: Oracle): Oracle =>
  (one) =>
    !oracle(one);
/** Of classes that are named; what is unclassified only when all are. */
const within =
  (...names: string[]): Oracle =>
  ({ classes: own }) =>
    own.every((name) => names.includes(name));
const inCategory =
  (...names: string[]): Oracle =>
  ({ category }) =>
    names.includes(category);
const inYears =
  (from: number, until: number): Oracle =>
  (one) =>
    one.type === 'Patient' || (one.year !== null && one.year >= from && one.year < until);

const coding = (system: string, code: string) => ({ system, code });
const concept = (system: string, code: string) => ({ coding: [coding(system, code)] });
const organization = (id: number) => ({
  role: concept('x', 'IRCP'),
  reference: { identifier: { system: DIRECTORY, value: String(id) } },
});
const person = (reference: string) => ({ role: concept('x', 'IRCP'), reference: { reference } });
const data = (meaning: string, reference: string) => ({ data: [{ meaning, reference: { reference } }] });

/** A directive of Maria's: permitted but for the exceptions, if not said otherwise. */
const directive = (provision: object, more: object = {}) => ({
  resourceType: 'Consent',
  status: 'active',
  scope: concept('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
  category: [concept('http://loinc.org', '59284-0')],
  patient: { reference: 'Patient/maria' },
  policyRule: concept(ACT_CODE, 'OPTIN'),
  provision,
  ...more,
});
const except = (provision: object) => directive({ type: 'permit', provision: [{ type: 'deny', ...provision }] });
const onlyPermit = (provision: object) => directive({ type: 'deny', provision: [{ type: 'permit', ...provision }] });

const open = { sensitive: everyClass };
/** What a directive denies by an index that older versions do not have is withheld of every older version. */
const current: Oracle = ({ old }) => !old;
const SILVA = 'Practitioner/silva';

const CASES: readonly Case[] = [
  { name: 'everything, every class named', terms: open, released: mine },
  { name: 'everything, no class named', released: and(mine, within()) },
  ...(['mental-health', 'substance-use', 'hiv', 'reproductive', 'genetic', 'violence'] as const).map(
    (name): Case => ({
      ...{ name: `class ${name}`, terms: { sensitive: classes(name) }, released: and(mine, within(name)) },
    }),
  ),
  { name: 'laboratory only', terms: only('laboratory'), released: and(mine, within(), inCategory('laboratory')) },
  { name: 'conditions only', terms: only('conditions'), released: and(mine, within(), inCategory('conditions')) },
  {
    name: 'documents, no class named: nothing, since prose is unclassified',
    terms: only('documents'),
    released: () => false,
  },
  {
    name: 'documents, every class named',
    terms: { ...only('documents'), ...open },
    released: and(mine, inCategory('documents')),
  },
  {
    name: 'medications with HIV',
    terms: { ...only('medications'), sensitive: classes('hiv') },
    released: and(mine, inCategory('medications')),
  },
  {
    name: 'care from 2020 to 2022',
    terms: { ...open, careFrom: year(2020), careUntil: year(2022) },
    released: and(mine, inYears(2020, 2022)),
  },
  { name: 'care since 2023', terms: { ...open, careFrom: year(2023) }, released: and(mine, inYears(2023, 9999)) },
  {
    name: 'laboratory before 2020',
    terms: { ...only('laboratory'), careUntil: year(2020) },
    released: and(mine, within(), inCategory('laboratory'), inYears(0, 2020)),
  },
  { name: 'another purpose than asked', terms: { purposes: maskOf(PURPOSES, ['HPAYMT']) }, released: 'refused' },
  {
    name: 'two purposes, one of them asked',
    terms: { ...open, purposes: maskOf(PURPOSES, ['HPAYMT', 'HRESCH']) },
    purpose: 'HRESCH',
    released: mine,
  },
  {
    name: 'one person, who asks',
    terms: { ...open, recipient: recipientOf(SILVA) },
    practitioner: SILVA,
    released: mine,
  },
  {
    name: 'one person, another asks',
    terms: { recipient: recipientOf(SILVA) },
    practitioner: 'Practitioner/other',
    released: 'refused',
  },
  { name: 'one person, software asks', terms: { recipient: recipientOf(SILVA) }, released: 'refused' },
  { name: 'expired', terms: () => ({ validFrom: now() - 100, validUntil: now() - 1 }), released: 'refused' },
  { name: 'not yet valid', terms: () => ({ validFrom: now() + 500 }), released: 'refused' },
  { name: 'to contribute, not to read', terms: { actions: 2 }, released: 'refused' },
  { name: 'for another organisation', terms: { grantee: 3 }, grantee: 2, released: 'refused' },
  {
    name: 'refused by her',
    afterwards: ({ node, maria, world }, grant) => refuse(world, node, maria, grant),
    released: 'refused',
  },
  {
    name: 'refused on the ledger',
    afterwards: ({ world, maria }, grant) => refuseOnLedger(world, maria, grant),
    released: 'refused',
  },
  {
    name: 'another consent of hers refused, this one not',
    terms: only('laboratory'),
    afterwards: async (at) => refuse(at.world, at.node, at.maria, await at.grant({ index: 4_000_000 })),
    released: and(mine, within(), inCategory('laboratory')),
  },
  {
    name: 'signed by her mother, within her scope',
    terms: only('laboratory'),
    chain: (at) => mother(at),
    released: and(mine, within(), inCategory('laboratory')),
  },
  {
    name: 'signed by her mother, beyond her scope',
    terms: only('documents'),
    chain: (at) => mother(at),
    released: 'refused',
  },
  {
    name: 'signed by her mother, whose link was removed since',
    ...{ terms: only('laboratory'), chain: (at: Setting) => mother(at) },
    afterwards: async ({ world, node, maria }, { chain = [] }) =>
      refuseIndex(world, node, maria, chain[0]?.terms.index ?? 0),
    released: 'refused',
  },

  { name: 'directive: nobody', terms: open, directives: [directive({ type: 'deny' })], released: 'refused' },
  {
    name: 'directive: opted out by the policy rule alone',
    directives: [directive({}, { policyRule: concept(ACT_CODE, 'OPTOUT'), provision: undefined })],
    released: 'refused',
  },
  { name: 'directive: not this organisation', directives: [except({ actor: [organization(2)] })], released: 'refused' },
  {
    name: 'directive: not another organisation',
    terms: open,
    directives: [except({ actor: [organization(3)] })],
    released: mine,
  },
  {
    name: 'directive: not this code',
    terms: open,
    directives: [except({ code: [concept(LOINC, '2345-7')] })],
    released: and(mine, current, ({ code }) => code !== '2345-7'),
  },
  {
    name: 'directive: a code that only an older version had',
    ...{ terms: open, directives: [except({ code: [concept(ICD, 'E10.9')] })] },
    released: and(mine, current, ({ code }) => code !== 'E10.9'),
  },
  {
    name: 'directive: not this type',
    terms: open,
    directives: [except({ class: [coding(TYPES, 'Condition')] })],
    released: and(mine, ({ type }) => type !== 'Condition'),
  },
  {
    name: 'directive: not this category',
    terms: open,
    directives: [except({ class: [coding(CATEGORY, 'laboratory')] })],
    released: and(mine, not(inCategory('laboratory'))),
  },
  {
    name: 'directive: not what is labelled HIV',
    terms: open,
    directives: [except({ securityLabel: [coding(ACT_CODE, 'HIV')] })],
    released: and(mine, ({ classes: own }) => !own.includes('hiv')),
  },
  {
    name: 'directive: nothing restricted',
    terms: open,
    directives: [except({ securityLabel: [coding(CONFIDENTIALITY, 'R')] })],
    released: and(mine, within()),
  },
  {
    name: 'directive: only what is normal',
    terms: open,
    directives: [onlyPermit({ securityLabel: [coding(CONFIDENTIALITY, 'N')] })],
    released: and(mine, within()),
  },
  {
    name: 'directive: not care since 2022',
    ...{ terms: open, directives: [except({ dataPeriod: { start: '2022-01-01' } })] },
    released: and(mine, (one) => one.type === 'Patient' || (one.year !== null && one.year < 2022)),
  },
  {
    name: 'directive: only care of 2023',
    terms: open,
    directives: [onlyPermit({ dataPeriod: { start: '2023', end: '2023' } })],
    released: and(mine, inYears(2023, 2024)),
  },
  {
    name: 'directive: not what Moss wrote',
    terms: open,
    directives: [except(data('authoredby', 'Practitioner/moss'))],
    released: and(mine, current, ({ author }) => author !== 'moss'),
  },
  {
    name: 'directive: not this record',
    terms: open,
    directives: [except(data('instance', 'Observation/glucose'))],
    released: and(mine, ({ id }) => id !== 'glucose'),
  },
  {
    name: 'directive: not this record nor what refers to it',
    ...{ terms: open, directives: [except(data('dependents', 'Condition/diabetes'))] },
    released: and(mine, current, ({ id }) => id !== 'diabetes' && id !== 'metformin'),
  },
  {
    name: 'directive: not what is related to this record',
    ...{ terms: open, directives: [except(data('related', 'Observation/pressure'))] },
    // Her Patient is what it refers to, too.
    released: and(mine, current, ({ id }) => !['pressure', 'hiv', 'maria'].includes(id)),
  },
  {
    name: 'directive: not this person, who asks',
    terms: open,
    directives: [except({ actor: [person('https://luz.example/fhir/R4/Practitioner/silva')] })],
    practitioner: SILVA,
    released: 'refused',
  },
  {
    name: 'directive: not this person, another asks',
    terms: open,
    directives: [except({ actor: [person('https://luz.example/fhir/R4/Practitioner/silva')] })],
    practitioner: 'Practitioner/other',
    released: mine,
  },
  {
    name: 'directive: not a Group, of which she is a member',
    ...{ terms: open, practitioner: SILVA },
    directives: [
      {
        resourceType: 'Group',
        id: 'barred',
        type: 'practitioner',
        actual: true,
        member: [{ entity: { reference: 'https://luz.example/fhir/R4/Practitioner/silva' } }],
      },
      except({ actor: [person('Group/barred')] }),
    ],
    released: 'refused',
  },
  {
    name: 'directive: not for payment, asked to treat',
    terms: open,
    directives: [except({ purpose: [coding(ACT_REASON, 'HPAYMT')] })],
    released: mine,
  },
  {
    name: 'directive: not to treat',
    terms: open,
    directives: [except({ purpose: [coding(ACT_REASON, 'TREAT')] })],
    released: 'refused',
  },
  {
    name: 'directive: not to be released',
    terms: open,
    directives: [except({ action: [concept('http://terminology.hl7.org/CodeSystem/consentaction', 'disclose')] })],
    released: 'refused',
  },
  {
    name: 'directive, nested: nothing but laboratory, and of it not haemoglobin',
    terms: open,
    directives: [
      directive({
        type: 'deny',
        provision: [
          {
            type: 'permit',
            class: [coding(CATEGORY, 'laboratory')],
            provision: [{ type: 'deny', code: [concept(LOINC, '718-7')] }],
          },
        ],
      }),
    ],
    released: and(mine, current, inCategory('laboratory'), ({ code }) => code !== '718-7'),
  },
  {
    name: 'directives in conflict: one that denies wins',
    ...{
      terms: open,
      directives: [
        onlyPermit({ class: [coding(CATEGORY, 'laboratory')] }),
        except({ code: [concept(LOINC, '2345-7')] }),
      ],
    },
    released: and(mine, current, inCategory('laboratory'), ({ code }) => code !== '2345-7'),
  },
  {
    name: 'directive: a period that is over',
    terms: open,
    directives: [except({ period: { end: '2020-01-01' } })],
    released: mine,
  },
  {
    name: 'directive: no longer active',
    terms: open,
    directives: [directive({ type: 'deny' }, { status: 'inactive' })],
    released: mine,
  },
  {
    name: 'directive: an exception that is not understood permits nothing',
    terms: open,
    directives: [onlyPermit({ class: [coding('urn:other', 'x')] })],
    released: 'refused',
  },
  {
    name: 'directive: a denial that is not understood denies more',
    ...{
      terms: open,
      directives: [
        except({ class: [coding(TYPES, 'Condition')], modifierExtension: [{ url: 'urn:unless', valueBoolean: true }] }),
      ],
    },
    released: and(mine, ({ type }) => type !== 'Condition'),
  },
  {
    name: 'policy: no substance use leaves the house, but she permits it',
    terms: open,
    directives: [
      policy({ securityLabel: [coding(ACT_CODE, 'ETH'), coding(ACT_CODE, 'HIV')] }),
      directive({ type: 'permit', securityLabel: [coding(ACT_CODE, 'ETH')] }),
    ],
    released: and(mine, ({ classes: own }) => !own.includes('hiv')),
  },
  {
    name: 'policy: only laboratory leaves the house',
    terms: open,
    directives: [policy({}, { class: [coding(CATEGORY, 'laboratory')] })],
    released: and(mine, inCategory('laboratory')),
  },

  { name: 'staff: everything, where nothing is directed', staff: true, released: () => true },
  {
    name: 'staff: what is said of everybody binds others, not who treats her here',
    staff: true,
    directives: [directive({ type: 'deny' })],
    released: () => true,
  },
  {
    name: 'staff: a clinician who is not to see her conditions',
    ...{
      staff: true as const,
      directives: [except({ actor: [person('Practitioner/clinician')], class: [coding(TYPES, 'Condition')] })],
    },
    released: (one) => !(one.patient === 'maria' && one.type === 'Condition'),
  },
  {
    name: 'staff: a clinician who is to see nothing of hers; a Provenance of it is withheld with it',
    ...{ staff: true as const, directives: [except({ actor: [person('Practitioner/clinician')] })] },
    released: (one) => one.patient !== 'maria' && one.id !== 'source',
  },
  {
    name: 'staff: whoever has this role here',
    staff: true,
    directives: [
      { resourceType: 'PractitionerRole', id: 'ward', practitioner: { reference: 'Practitioner/clinician' } },
      except({ actor: [person('PractitionerRole/ward')], securityLabel: [coding(ACT_CODE, 'HIV')] }),
    ],
    released: (one) => !one.classes.includes('hiv') && one.id !== 'source',
  },
  {
    name: 'staff: this organisation, of what Moss wrote',
    ...{
      staff: true as const,
      directives: [except({ actor: [organization(1)], ...data('authoredby', 'Practitioner/moss') })],
    },
    released: (one) => !(one.patient === 'maria' && (one.old || one.author === 'moss')) && one.id !== 'source',
  },
];

/** The organisation's own policy: denied but for `permitted`. */
function policy(denied: object, permitted?: object): object {
  const { patient: _patient, ...rest } = directive({
    type: 'deny',
    ...denied,
    actor: [organization(2)],
    ...(permitted && { provision: [{ type: 'permit', ...permitted }] }),
  }) as { patient?: unknown };
  return { ...rest, category: [concept('https://anamnesis.example/code/consent-category', 'policy')] };
}

async function mother({ world, maria }: Setting): Promise<{ chain: ProxyLink[]; by: PrivateKeyAccount }> {
  const by = privateKeyToAccount(generatePrivateKey());
  const terms: ProxyTerms = {
    ...{ subject: maria.address, epoch: 0, index: nextIndex++, proxy: by.address, kind: 1, parent: NO_PARENT },
    ...{ ...only('laboratory', 'conditions'), sensitive: 0, purposes: maskOf(PURPOSES, ['TREAT']), actions: 1 },
    ...{ validFrom: now() - 600, validUntil: now() + 7200, salt: random32() },
  } as ProxyTerms;
  const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
  return { by, chain: [{ terms, signature: await maria.signTypedData(proxyTypedData(terms, domain) as never) }] };
}

let nextIndex = 0;

async function refuseIndex(world: World, node: HttpNode, maria: PrivateKeyAccount, index: number): Promise<void> {
  const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
  const signature = await maria.signTypedData(revokeTypedData({ subject: maria.address, index }, domain));
  const answer = await fetch(`${node.url}/api/v1/refusals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ subject: maria.address, index, signature }),
  });
  expect(answer.status).toBe(202);
}

const refuse = (world: World, node: HttpNode, maria: PrivateKeyAccount, { terms }: Grant) =>
  refuseIndex(world, node, maria, terms.index);

async function refuseOnLedger(world: World, maria: PrivateKeyAccount, { terms: { index } }: Grant): Promise<void> {
  const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
  const signature = await maria.signTypedData(revokeTypedData({ subject: maria.address, index }, domain));
  await world.send(
    world.ledger.deployer,
    revokeBySig(world.reader.deployment, { subject: maria.address, index, signature }),
  );
}

// All of it on PGlite; on PostgreSQL a part, since the statements are the same.
describe.each(ENGINES)('leak probes on $name', ({ name: engine, open: openEngine }) => {
  let world: World;
  let node: HttpNode;
  let profiles: Server;
  let maria: PrivateKeyAccount;
  const organizations = new Map<number, Identity>();

  beforeAll(async () => {
    world = await startWorld();
    profiles = createServer((request, response) => {
      const who = organizations.get(Number(/^\/(\d)/.exec(request.url ?? '')?.[1]));
      response.end(who && encodeProfile(who.profile));
    });
    await new Promise<void>((resolve) => profiles.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(profiles.address() as AddressInfo).port}`;
    const who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    for (const id of [2, 3])
      organizations.set(id, await admitOrganization(world, id, `Hospital ${id}`, `${origin}/${id}`));
    node = await startHttpNode(world, who, await openEngine());
    maria = privateKeyToAccount(generatePrivateKey());
    for (const one of PROBES.filter(({ version }) => version === 1)) await put(one.content);
    for (const one of PROBES.filter(({ version }) => version === 2)) await put(one.content);
    await node.context.database.query(
      `insert into subject (address, patient, linked_at, linked_by) values ($1, 'maria', 0, 'desk')`,
      [maria.address.toLowerCase()],
    );
  }, 120_000);
  afterAll(async () => {
    await node.stop();
    profiles.close();
    await world.stop();
  });

  async function put(content: object): Promise<void> {
    const { resourceType, id } = content as { resourceType: string; id: string };
    const answer = await node.send('PUT', `/${resourceType}/${id}`, { body: content, token: node.tokens.registrar });
    if (answer.status > 201) throw new Error(`${resourceType}/${id}: ${answer.text}`);
  }

  async function grant(change: Partial<ConsentTerms> = {}, by = maria, chain?: ProxyLink[]): Promise<Grant> {
    const terms: ConsentTerms = {
      ...{ subject: maria.address, epoch: 0, index: nextIndex++, grantee: 2, recipient: ANYONE },
      ...{ categories: maskOfAll(CATEGORIES), sensitive: 0, purposes: maskOf(PURPOSES, ['TREAT']), actions: 1 },
      ...{ careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END, validFrom: now() - 60, validUntil: now() + 3600 },
      salt: random32(),
      ...change,
    };
    const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
    return { terms, signature: await by.signTypedData(consentTypedData(terms, domain)), ...(chain && { chain }) };
  }

  /** A token of the organisation for a consent; null when it is refused. */
  async function tokenFor(one: Case, given: Grant): Promise<string | null> {
    const who = organizations.get(one.grantee ?? 2) as Identity;
    const { tokenUrl } = node.context;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(who.key, { issuer: who.profileUrl, tokenUrl, now: now() }),
      consent: encodeGrant(given),
      purpose: one.purpose ?? 'TREAT',
      ...(one.practitioner !== undefined && { practitioner: one.practitioner }),
    });
    const answer = await fetch(`${node.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    const { access_token: token = null } = (await answer.json()) as { access_token?: string };
    return token;
  }

  const callerOf = (token: string): Caller => ({
    patient: 'maria',
    async send(method, path, body, headers = {}) {
      const url = path.startsWith('/api/v1')
        ? `${node.url}${path}`
        : `${node.url}/fhir/R4${path.replace(/^https?:\/\/[^/]+\/fhir\/R4/, '')}`;
      const raw = typeof body === 'string';
      const answer = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined &&
            !raw && { 'content-type': path.startsWith('/api') ? 'application/json' : 'application/fhir+json' }),
          ...headers,
        },
        ...(body !== undefined && { body: raw ? (body as string) : stringifyJson(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, text: answer.headers.get('content-location') ?? text };
    },
  });

  const written: string[] = [];
  let inForce: readonly object[] = [];

  async function direct(directives: readonly object[]): Promise<void> {
    // The table does not know where the other organisation will listen.
    const { fhir } = (organizations.get(2) as Identity).profile.endpoints;
    for (const [at, content] of directives.entries()) {
      const text = JSON.stringify({ id: `directive-${at}`, ...content }).replaceAll(
        'https://luz.example/fhir/R4',
        fhir,
      );
      const one = JSON.parse(text) as { resourceType: string; id: string };
      await put(one);
      written.push(`/${one.resourceType}/${one.id}`);
    }
    inForce = directives;
  }

  afterEach(async () => {
    for (const path of written.splice(0)) await node.send('DELETE', path, { token: node.tokens.registrar });
    inForce = [];
  });

  const setting = (): Setting => ({ world, node, maria, grant });

  test.each(CASES.filter((_, at) => engine === 'PGlite' || at % 9 === 0))(
    'behavior: $name',
    async (one) => {
      const terms = typeof one.terms === 'function' ? one.terms() : one.terms;
      const behalf = await one.chain?.(setting());
      const given = await grant(terms, behalf?.by, behalf?.chain);
      // What was allowed before directives and refusals came: tokens are judged again at each request.
      const before = one.staff === true ? node.tokens.clinician : await tokenFor(one, given);
      if (one.directives !== undefined) await direct(one.directives);
      await one.afterwards?.(setting(), given);
      await settled();
      if (one.released === 'refused') {
        expect(await tokenFor(one, given)).toBeNull();
        if (before === null) return;
        const caller = callerOf(before);
        for (const { name, released } of READ_PATHS.filter((path) => path.name !== 'many proofs'))
          expect([name, await released(caller)]).toEqual([name, []]);
        return;
      }
      if (before === null) throw new Error('no token was given');
      expect(inForce.length).toBe(one.directives?.length ?? 0);
      await expectReleased(callerOf(before), one.released);
    },
    120_000,
  );

  /** Until the node has followed what was sent to the ledger. */
  const settled = async (): Promise<void> => void (await node.context.directory.sync());

  async function expectReleased(caller: Caller, oracle: Oracle): Promise<void> {
    const currentOf = new Map(PROBES.filter(({ old }) => !old).map((one) => [named(one), one]));
    // A version is shown when it may be, and its record as it is now may be.
    const seen = (one: Probe): boolean => oracle(one) && oracle(currentOf.get(named(one)) as Probe);
    const patientSeen = (patient: Probe['patient']): boolean =>
      patient !== null && seen(currentOf.get(`Patient/${patient}`) as Probe);
    const actual: Record<string, string[]> = {};
    const expected: Record<string, string[]> = {};
    const released = await Promise.all(READ_PATHS.map((path) => path.released(caller)));
    for (const [at, path] of READ_PATHS.entries()) {
      const possible = path.universe.filter(
        (one) => seen(one) && (path.throughPatient !== true || patientSeen(one.patient)),
      );
      expected[path.name] = pathRule(path.name, possible, seen, currentOf).map(path.label).sort();
      actual[path.name] = [...new Set(released[at])].sort();
    }
    expect(actual).toEqual(expected);
  }

  test('behavior: while a hundred clients read, nothing that was asked after the node followed the block of her refusal is answered with data', async () => {
    const given = await grant();
    const token = (await tokenFor({ name: '', released: mine }, given)) as string;
    const caller = callerOf(token);
    let [followed, stop] = [Number.POSITIVE_INFINITY, false];
    const late: number[] = [];
    let early = 0;
    const client = async (): Promise<void> => {
      while (!stop) {
        const asked = performance.now();
        const { status } = await caller.send('GET', '/Condition/diabetes');
        if (asked > followed) late.push(status);
        else if (status === 200) early++;
      }
    };
    expect((await caller.send('GET', '/Condition/diabetes')).status).toBe(200);
    const clients = Array.from({ length: 100 }, client);
    while (early < 100) await caller.send('GET', '/Condition/diabetes');
    await refuseOnLedger(world, maria, given);
    await settled();
    followed = performance.now();
    while (late.length < 100) await caller.send('GET', '/Condition/diabetes');
    stop = true;
    await Promise.all(clients);
    expect(early).toBeGreaterThan(0);
    expect(new Set(late)).toEqual(new Set([403]));
  });

  test('behavior: what a permit obliges to stands in what is given, and a proof holds without it', async () => {
    const token = (await tokenFor(
      { name: '', released: mine },
      await grant({ sensitive: classes('substance-use') }),
    )) as string;
    const { json: found } = await node.send('GET', '/Condition', { token });
    const codes = found.meta.security.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(['R', 'NORDSCLCD', 'REDACTED']);
    expect(found.meta.security[1].display).toContain('Not to be disclosed further');
    const { json: read } = await node.send('GET', '/Condition/alcohol', { token });
    expect(read.meta.security.map(({ code }: { code: string }) => code)).toEqual(['R', 'ETH', 'NORDSCLCD']);
    const { text } = await callerOf(token).send('GET', '/api/v1/proofs/records/Condition/alcohol/1');
    expect(verifyRecordProof(JSON.parse(text), read)).toEqual({ ok: true });
    expect(verifyRecordProof(JSON.parse(text), { ...read, onsetDateTime: '2001' })).toMatchObject({ ok: false });
  });

  test('behavior: what is hidden and what is not there are answered alike', async () => {
    const token = (await tokenFor({ name: '', released: mine }, await grant())) as string;
    const caller = callerOf(token);
    const alike = async (hidden: string, absent: string, method = 'GET') => {
      const [a, b] = [
        await caller.send(method, hidden, undefined, { 'x-request-id': 'r' }),
        await caller.send(method, absent, undefined, { 'x-request-id': 'r' }),
      ];
      const plain = ({ status, text }: { status: number; text: string }, path: string) => ({
        status,
        text: text.replaceAll(`/${path.split('/').at(2)}`, '/…'),
      });
      expect(plain(a, hidden)).toEqual(plain(b, absent));
    };
    const shown = PROBES.filter((probe) => !probe.old && mine(probe) && within()(probe)).map(named);
    for (const one of PROBES.filter((probe) => !shown.includes(named(probe)))) {
      await alike(`/${named(one)}`, `/${one.type}/absent`);
      await alike(`/${named(one)}/_history/1`, `/${one.type}/absent/_history/1`);
      await alike(`/${named(one)}/_history`, `/${one.type}/absent/_history`);
      await alike(`/${named(one)}/$meta`, `/${one.type}/absent/$meta`);
    }
    await alike('/Patient/john/$everything', '/Patient/absent/$everything');
    for (const path of ['proofs/records/Condition/depression/1', 'proofs/records/Condition/absent/1'].slice(0, 1))
      expect((await caller.send('GET', `/api/v1/${path}`)).status).toBe(404);
  });

  test('behavior: work on the database is the same whether something is hidden or nothing is there', async () => {
    const token = (await tokenFor({ name: '', released: mine }, await grant())) as string;
    const caller = callerOf(token);
    const statements = async (path: string): Promise<number> => {
      const { database } = node.context;
      let count = 0;
      const original = database.transaction.bind(database);
      const counted = ((work: (tx: never) => Promise<unknown>) =>
        original(async (tx) => {
          const query = tx.query.bind(tx);
          return work({
            ...tx,
            onCommit: tx.onCommit.bind(tx),
            query: (...given: Parameters<typeof query>) => {
              count++;
              return query(...given);
            },
          } as never);
        })) as typeof database.transaction;
      Object.assign(database, { transaction: counted });
      try {
        await caller.send('GET', path);
      } finally {
        Object.assign(database, { transaction: original });
      }
      return count;
    };
    const hidden = await statements('/Condition?_id=depression&_summary=count');
    expect(hidden).toBeGreaterThan(0);
    expect(hidden).toBe(await statements('/Condition?_id=absent&_summary=count'));
  });
});

/** What a path asks besides whether each record may be seen. */
function pathRule(
  path: string,
  possible: readonly Probe[],
  seen: (one: Probe) => boolean,
  currentOf: ReadonlyMap<string, Probe>,
): readonly Probe[] {
  // An include goes out from a record that is seen itself.
  if (path === '_include') return seen(currentOf.get('Observation/pressure') as Probe) ? possible : [];
  // An operation on a Patient whose own record is hidden still gives what is hers.
  return possible;
}
