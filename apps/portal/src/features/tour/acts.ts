import { consentDomain, type Grant, type RecordProof } from '@anamnesis/protocol';
import {
  type AccessRequest,
  formatShareCode,
  RequestError,
  type Resource,
  readShareCode,
  revokeConsent,
  sendRefusal,
} from '@anamnesis/sdk';
import { fetchLooks, type Look } from '../../chart/looks.ts';
import { isPart, parts } from '../../chart/text.ts';
import { titleOf } from '../../chart/words.ts';
import { ownRelation } from '../sharing/account.ts';
import { agree } from '../sharing/decide.ts';
import type { Cast } from './cast.ts';
import { checkConsent, checkContent, type Line, NOTHING } from './check.ts';

/** The acts in their order. */
export const ACTS = ['code', 'ask', 'allow', 'arrive', 'looked', 'stop', 'changed'] as const;
export type ActName = (typeof ACTS)[number];

/** What both screens show after the acts so far. */
export interface Scene {
  readonly code: string | null;
  readonly request: AccessRequest | null;
  readonly grant: Grant | null;
  /** What is in front of the doctor, unchanged but for the tag that says whether it verified; emptied when her screen locks. */
  readonly records: readonly Resource[];
  /** How many came, and how many of them verified. */
  readonly counts: { readonly arrived: number; readonly verified: number };
  readonly looks: readonly Look[];
  readonly locked: boolean;
  /** The record whose way to the ledger is shown, as its hospital keeps it. */
  readonly record: { readonly content: Resource; readonly proof: RecordProof } | null;
  /** The copy that was changed in this page. */
  readonly changed: Resource | null;
  readonly lines: readonly (Line & { readonly act: ActName })[];
}

export const BEGINNING: Scene = {
  ...{ code: null, request: null, grant: null, record: null, changed: null, locked: false },
  ...{ records: [], looks: [], lines: [], counts: { arrived: 0, verified: 0 } },
};

/** What people write, in the language of the page. */
export interface Words {
  readonly note: string;
  readonly changed: string;
}

const CATEGORIES = ['allergies', 'medications', 'conditions'];
/** Says of a received record whether it verified. */
const VERIFICATION = 'https://anamnesis.example/code/verification';
/** How long something that follows by itself is waited for, and how often it is looked for, in milliseconds. */
const PATIENCE = 30_000;
const EVERY = 400;

type Act = (cast: Cast, scene: Scene, words: Words) => Promise<Omit<Partial<Scene>, 'lines'> & { readonly line: Line }>;

const acts: Readonly<Record<ActName, Act>> = {
  async code(cast) {
    const { maria } = cast;
    const { subject } = await ownRelation(maria);
    const { entry = [] } = await maria.client.fhir.search('AllergyIntolerance');
    const found = entry.flatMap(({ resource }) => (resource ? [resource] : []));
    const content = found.find((one) => titleOf(one)?.startsWith('Penicillin')) ?? found[0];
    if (content === undefined) throw new Error('She has no allergies here');
    const { resourceType: type, id = '', meta } = content;
    const proof = await maria.client.getProof({ type, id, version: String(meta?.versionId ?? '1') });
    const code = formatShareCode({ custodian: maria.organization.id, subject });
    return { code, record: { content, proof }, line: await checkContent(cast, content, proof) };
  },

  async ask({ maria, silva, requestId: id }, { code }, { note }) {
    const { client } = silva;
    const wish = { ...readShareCode(code ?? ''), categories: CATEGORIES, preset: 'visit', note, fetch: true } as const;
    await client.requestAccess({ id, ...wish });
    const request = await soon(async () => (await maria.client.getRequests()).find((one) => one.id === id));
    return { request, line: NOTHING };
  },

  async allow(cast, { request }) {
    const { maria, silva, requestId: id } = cast;
    if (request === null) throw new Error('Nobody asked');
    await agree(maria, { at: maria, request }, { preset: 'visit', categories: request.categories });
    const grant = await soon(async () => (await silva.client.getRequest({ id })).grant);
    return { grant, line: (await checkConsent(cast, grant)).line };
  },

  async arrive(cast, { request, grant, record }) {
    const { maria, silva, requestId: id } = cast;
    if (request === null || grant === null || record === null) throw new Error('Nothing is allowed');
    const fetched = await soon(async () => (await silva.client.getRequest({ id })).fetched);
    const { subject, custodian, purpose, practitioner } = request;
    if ('error' in fetched) {
      await silva.client.fetchFromPeer({ ...grant, custodian, purpose, practitioner: practitioner?.reference });
    }
    const { entry = [] } = await silva.client.getReceived({ custodian, subject });
    const records = entry.flatMap(({ resource }) =>
      resource && resource.resourceType !== 'Provenance' ? [resource] : [],
    );
    const verified = records.filter((one) => verificationOf(one) === 'verified').length;
    // Checked here once more, as it stands on the doctor's screen.
    const shown = records.find((one) => one.resourceType === 'AllergyIntolerance' && one.id === record.content.id);
    const { resourceType: type, id: of = '', meta } = shown ?? record.content;
    const proof = await maria.client.getProof({ type, id: of, version: String(meta?.versionId ?? '1') });
    const line = await checkContent(cast, shown ? asSent(shown) : record.content, proof);
    return { records, counts: { arrived: records.length, verified }, line };
  },

  async looked(cast) {
    const { maria, silva } = cast;
    const read = async () => {
      const [{ looks }, { entries }] = await Promise.all([
        fetchLooks(maria.client, maria.patient ?? ''),
        maria.client.getAccessLog({ count: 50 }),
      ]);
      const hers = looks.filter(({ who }) => who === silva.name);
      const look = hers.find(({ records }) => records > 0) ?? hers[0];
      const entry = entries.find(({ event }) => event.id === look?.id);
      return look && entry && { looks, look, entry };
    };
    const first = await soon(read);
    // The seal follows in a moment; where it does not, the strip says so.
    const sealed = await soon(async () => {
      const found = await read();
      return found?.entry.proof.checkpoint ? found : undefined;
    }).catch(() => first);
    const { looks, look, entry } = sealed;
    const rest = looks.filter((one) => one !== look);
    return { looks: [look, ...rest].slice(0, 4), line: await checkContent(cast, entry.event, entry.proof) };
  },

  async stop(cast, { grant, request }) {
    const { maria, silva, ledger } = cast;
    if (request === null || grant === null) throw new Error('Nothing is allowed');
    const { relation, subject, signer } = await ownRelation(maria);
    const { index } = grant.terms;
    // Signed ahead, together with the permission.
    const refusal = relation.refusals?.find((one) => one.index === index);
    if (refusal) await sendRefusal(maria.client, { ...refusal, subject });
    const domain = consentDomain(ledger.chainId, ledger.contracts.consents);
    // Whoever took the tour before may have left something open for the same hospital; stopping the hospital stops that too.
    const open = (await maria.client.getConsents({ subject })).filter(
      ({ terms, revoked }) => terms.grantee === grant.terms.grantee && !revoked && terms.validUntil > Date.now() / 1000,
    );
    for (const { terms } of open) {
      await revokeConsent(maria.client, { subject, index: terms.index, domain, signer });
    }
    await soon(async () => {
      try {
        await silva.client.getReceived({ custodian: request.custodian, subject });
        return undefined;
      } catch (error) {
        if (error instanceof RequestError && error.code === 'consent-refused') return true;
        throw error;
      }
    });
    const line = await soon(async () => {
      const checked = await checkConsent(cast, grant);
      return checked.inForce ? undefined : checked.line;
    });
    return { records: [], locked: true, line };
  },

  async changed(cast, { record }, words) {
    if (record === null) throw new Error('There is no record');
    const { code: _code, ...rest } = record.content;
    const changed: Resource = { ...rest, code: { text: words.changed } };
    return { changed, line: await checkContent(cast, changed, record.proof) };
  },
};

/** Does the next act, for real. What fails leaves the scene as it was; the same act may be tried again. Throws RequestError and others. */
export async function perform(cast: Cast, scene: Scene, words: Words): Promise<Scene> {
  const act = ACTS[scene.lines.length];
  if (act === undefined) return scene;
  const { line, ...news } = await acts[act](cast, scene, words);
  return { ...scene, ...news, lines: [...scene.lines, { ...line, act }] };
}

/** `verified`, `unsealed` or `unverified`, as the doctor's own node found when it came. */
export function verificationOf({ meta }: Resource): string | undefined {
  const tag = parts(meta?.tag).find(({ system }) => system === VERIFICATION);
  return typeof tag?.code === 'string' ? tag.code : undefined;
}

/** A received record as its custodian sent it, without the tag. */
function asSent(resource: Resource): Resource {
  const { tag, ...meta } = resource.meta ?? {};
  const own = (Array.isArray(tag) ? tag : []).filter((one) => !isPart(one) || one.system !== VERIFICATION);
  return { ...resource, meta: own.length === 0 ? meta : { ...meta, tag: own } };
}

/** Looks for something until it is there. Throws what `look` throws, or an Error after half a minute. */
async function soon<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error('It did not come in time');
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}
