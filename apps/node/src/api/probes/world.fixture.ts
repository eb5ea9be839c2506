import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { declareEmergency, revokeBySig, setEmergencyQuota } from '@anamnesis/ledger';
import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  type ContractDomain,
  consentDomain,
  consentTypedData,
  encodeGrant,
  encodeProfile,
  type Grant,
  maskOf,
  maskOfAll,
  type ProxyLink,
  PURPOSES,
  recipientOf,
  revokeTypedData,
  stringifyJson,
} from '@anamnesis/protocol';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { encodeEmergency } from '../../modules/exchange/emergencies/open.ts';
import {
  commitmentOfStatement,
  justificationOf,
  type OpenedStatement,
  subjectOfPatient,
} from '../../modules/exchange/emergencies/statement.ts';
import { signAssertion } from '../../modules/exchange/index.ts';
import type { TestDatabase } from '../../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../../testing/http-node.ts';
import { admitOrganization, type Identity, random32, startWorld, type World } from '../../testing/world.ts';
import { type Case, now, SILVA } from './oracle.fixture.ts';
import type { Caller } from './paths.fixture.ts';
import { PROBES } from './records.fixture.ts';

/** A custodian with the probes in it, two organisations that ask, and Maria, whose consents and directives come and go. */
export interface ProbeWorld {
  readonly world: World;
  readonly node: HttpNode;
  readonly maria: PrivateKeyAccount;
  readonly domain: ContractDomain;
  nextIndex(): number;
  /** Terms that open everything but sensitive classes, changed so, and signed. */
  grant(change?: Partial<ConsentTerms>, by?: PrivateKeyAccount, chain?: ProxyLink[]): Promise<Grant>;
  /** A token of the organisation for a consent or an emergency; null when it is refused. */
  tokenFor(one: Pick<Case, 'grantee' | 'purpose' | 'practitioner' | 'emergency'>, given: Grant): Promise<string | null>;
  callerOf(token: string): Caller;
  /** Stores as the registrar. */
  put(content: object): Promise<void>;
  /** Puts directives in force until `undirect`. */
  direct(directives: readonly object[]): Promise<void>;
  undirect(): Promise<void>;
  refuse(index: number): Promise<void>;
  refuseOnLedger(index: number): Promise<void>;
  /** Declares another emergency, in the newest block: tokens for emergencies are asked for in it from now on. */
  declareAgain(): Promise<void>;
  /** The number of the newest block. */
  block(): Promise<bigint>;
  /** Takes every block after this one off the ledger, the node's own among them, and puts empty ones in their place. */
  reorganise(after: bigint): Promise<void>;
  /** Until the node has followed what was sent to the ledger. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export async function startProbes(openEngine: () => Promise<TestDatabase>): Promise<ProbeWorld> {
  const organizations = new Map<number, Identity>();
  const world = await startWorld();
  const { deployment, chainId } = world.reader;
  const domain = consentDomain(chainId, deployment.consents);
  const profiles = createServer((request, response) => {
    const who = organizations.get(Number(/^\/(\d)/.exec(request.url ?? '')?.[1]));
    response.end(who && encodeProfile(who.profile));
  });
  await new Promise<void>((resolve) => profiles.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(profiles.address() as AddressInfo).port}`;
  const custodian = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
  for (const id of [2, 3])
    organizations.set(id, await admitOrganization(world, id, `Hospital ${id}`, `${origin}/${id}`));
  await world.send(world.ledger.deployer, setEmergencyQuota(deployment, { id: 2, quota: 2 }));
  const node = await startHttpNode(world, custodian, await openEngine());
  const block = () => world.reader.client.getBlockNumber({ cacheTime: 0 });
  const maria = privateKeyToAccount(generatePrivateKey());
  const written: string[] = [];
  let index = 0;
  let declared: Promise<OpenedStatement> | undefined;

  async function put(content: object): Promise<void> {
    const { resourceType, id } = content as { resourceType: string; id: string };
    const answer = await node.send('PUT', `/${resourceType}/${id}`, { body: content, token: node.tokens.registrar });
    if (answer.status > 201) throw new Error(`${resourceType}/${id}: ${answer.text}`);
  }
  for (const one of PROBES.toSorted((a, b) => a.version - b.version)) await put(one.content);
  await node.context.database.query(
    `insert into subject (address, patient, linked_at, linked_by) values ($1, 'maria', 0, 'desk')`,
    [maria.address.toLowerCase()],
  );

  /** One emergency for all who need one: slots are few. */
  async function declare(slot: number): Promise<OpenedStatement> {
    const text = 'Found unconscious in the street, no relatives reached';
    const statement = {
      ...{ organization: 2, custodian: 1, subject: subjectOfPatient(1, 'maria'), recipient: recipientOf(SILVA) },
      ...{ justification: justificationOf(text), salt: random32() },
    };
    const commitment = commitmentOfStatement(node.context, statement);
    const call = declareEmergency(deployment, { slot, reason: 'unconscious', hours: 1, commitment });
    await world.send((organizations.get(2) as Identity).operator, call);
    await node.context.directory.sync();
    return { statement, text, practitioner: SILVA, patient: 'maria' };
  }

  async function askedBy({ emergency }: Pick<Case, 'emergency'>, given: Grant): Promise<Record<string, string>> {
    if (emergency === undefined) return { consent: encodeGrant(given) };
    declared ??= declare(0);
    const more = emergency === 'rest' ? 'Operated tonight, the whole history is needed' : null;
    return { emergency: encodeEmergency({ opened: await declared, set: emergency, more }) };
  }

  async function tokenAsked(one: Parameters<ProbeWorld['tokenFor']>[0], given: Grant): Promise<string | null> {
    const who = organizations.get(one.grantee ?? 2) as Identity;
    const { tokenUrl } = node.context;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(who.key, { issuer: who.profileUrl, tokenUrl, now: now() }),
      ...(await askedBy(one, given)),
      ...(one.emergency === undefined && { purpose: one.purpose ?? 'TREAT' }),
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

  const signRefusal = (number: number) =>
    maria.signTypedData(revokeTypedData({ subject: maria.address, index: number }, domain));

  return {
    ...{ world, node, maria, domain, put },
    nextIndex: () => index++,
    async grant(change = {}, by = maria, chain) {
      const terms: ConsentTerms = {
        ...{ subject: maria.address, epoch: 0, index: index++, grantee: 2, recipient: ANYONE },
        ...{ categories: maskOfAll(CATEGORIES), sensitive: 0, purposes: maskOf(PURPOSES, ['TREAT']), actions: 1 },
        ...{ careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END, validFrom: now() - 60, validUntil: now() + 3600 },
        salt: random32(),
        ...change,
      };
      return { terms, signature: await by.signTypedData(consentTypedData(terms, domain)), ...(chain && { chain }) };
    },
    async tokenFor(one, given) {
      // The rest is a second step.
      if (one.emergency === 'rest') await tokenAsked({ ...one, emergency: 'first' }, given);
      return tokenAsked(one, given);
    },
    callerOf: (token) => ({
      patient: 'maria',
      async send(method, path, body, headers = {}) {
        const url = /^\/(api|auth|oauth|\.well-known)\//.test(path)
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
    }),
    async direct(directives) {
      // The tables do not know where the other organisation will listen.
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
    },
    async undirect() {
      for (const path of written.splice(0)) await node.send('DELETE', path, { token: node.tokens.registrar });
    },
    async refuse(number) {
      const body = { subject: maria.address, index: number, signature: await signRefusal(number) };
      const headers = { 'content-type': 'application/json' };
      const answer = await node.send('POST', '/../../api/v1/refusals', { token: null, headers, body });
      if (answer.status !== 202) throw new Error(answer.text);
    },
    async refuseOnLedger(number) {
      const call = { subject: maria.address, index: number, signature: await signRefusal(number) };
      await world.send(world.ledger.deployer, revokeBySig(deployment, call));
    },
    async declareAgain() {
      declared = declare(1);
      await declared;
    },
    block,
    async reorganise(after) {
      const depth = Number((await block()) - after);
      await world.reader.client.request({ method: 'anvil_reorg', params: [depth, []] } as never);
    },
    settled: async () => void (await node.context.directory.sync()),
    async stop() {
      await node.stop();
      profiles.close();
      await world.stop();
    },
  };
}
