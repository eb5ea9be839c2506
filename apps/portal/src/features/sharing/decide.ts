import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  maskOf,
  PURPOSES,
  recipientOf,
  SENSITIVE,
} from '@anamnesis/protocol';
import {
  type AccessRequest,
  answerRequest,
  type RequestPreset,
  revokeConsent,
  sendRefusal,
  signConsent,
  signRefusal,
  takeIndex,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { type Custodian, changeRelation, LockedError, ownRelation } from './account.ts';
import { keepStopped, readyToRefuse } from './ready.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** How long a preset lasts, in seconds. "Ongoing" ends too, after a year, and is asked anew. */
export const LASTS: Readonly<Record<RequestPreset, number>> = { visit: DAY, episode: 90 * DAY, ongoing: 365 * DAY };

/** What she decided: for how long, and what of it. */
export interface Choice {
  readonly preset: RequestPreset;
  readonly categories: readonly string[];
}

/** Somebody asks for her records at one of the organisations that keep them. */
export interface Asked {
  readonly at: Custodian;
  readonly request: AccessRequest;
}

/**
 * Lets somebody read. The consent and its refusal are signed together; both are in her account file before the answer goes, so that a lost connection loses
 * nothing: the same answer may be sent again. The custodian gets it from her device, and no other organisation. Throws RequestError, `LockedError`.
 */
export async function allow(session: Session, asked: Asked, choice: Choice): Promise<void> {
  await agree(session, asked, choice);
  await readyToRefuse(session, asked.at);
}

/** The same, and nothing is kept on this device: for a page where she is not at home (the tour). Throws what `allow` throws. */
export async function agree(session: Session, { at, request }: Asked, { preset, categories }: Choice): Promise<void> {
  const { relation, subject, signer } = await ownRelation(session, at);
  const salt = await saltFor(session, at, request.id);
  const before = relation.consents.find((one) => one.terms.salt === salt);
  const domain = consentDomain(relation.chainId, relation.contracts.consents);
  const now = Math.floor(Date.now() / 1000);
  const terms: ConsentTerms = before?.terms ?? {
    subject,
    epoch: relation.epoch,
    index: takeIndex(relation).index,
    grantee: request.grantee,
    recipient: request.practitioner ? recipientOf(request.practitioner.reference) : ANYONE,
    categories: maskOf(CATEGORIES, categories),
    sensitive: maskOf(SENSITIVE, request.sensitive),
    purposes: maskOf(PURPOSES, [request.purpose]),
    actions: 1,
    careFrom: CARE_OPEN_START,
    careUntil: CARE_OPEN_END,
    // Clocks of two organisations differ a little.
    validFrom: now - 60,
    validUntil: now + LASTS[preset],
    salt,
  };
  const grant = before ?? (await signConsent(terms, domain, signer));
  if (before === undefined) {
    const refusal = await signRefusal({ subject, index: terms.index }, domain, signer);
    await changeRelation(session, at, (one) => ({
      ...one,
      spent: [...(one.spent ?? []), terms.index],
      consents: [...one.consents, { terms: grant.terms, signature: grant.signature }],
      refusals: [...(one.refusals ?? []), refusal],
    }));
  }
  await answerRequest(at.client, { id: request.id, terms: grant.terms, signature: grant.signature });
}

/** Says no to a request. It opens and asks nothing. */
export async function deny({ at, request: { id } }: Asked): Promise<void> {
  await answerRequest(at.client, { id, denied: true });
}

/** Stops a consent at once. With a refusal that was signed ahead it needs no key. Throws RequestError, `LockedError`. */
export async function stop(session: Session, at: Custodian, index: number): Promise<void> {
  const ready = await readyToRefuse(session, at);
  const refusal = ready?.refusals.find((one) => one.index === index);
  if (ready && refusal) {
    await sendRefusal(at.client, { ...refusal, subject: ready.subject });
    if (session.seed === undefined) await keepStopped(session, at, index);
    return;
  }
  const { relation, subject, signer } = await ownRelation(session, at);
  const domain = consentDomain(relation.chainId, relation.contracts.consents);
  await revokeConsent(at.client, { subject, index, domain, signer });
}

/**
 * Of one request always the same, so that allowing it twice is one consent; of her account, so that nobody else can make it; of one organisation, so that who
 * asks two of them by the same id does not learn from equal salts that their patients are one person.
 */
async function saltFor({ seed }: Session, { organization }: Custodian, request: string): Promise<`0x${string}`> {
  if (seed === undefined) throw new LockedError();
  const hash = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', new Uint8Array(seed), hash, false, ['sign']);
  const salt = await crypto.subtle.sign(
    hash,
    key,
    new TextEncoder().encode(`anamnesis/consent-salt/v2\n${organization.id}\n${request}`),
  );
  return `0x${Array.from(new Uint8Array(salt), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
