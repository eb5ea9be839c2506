import { createClient, type KnownConsent, type SignedRefusal } from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { keep, kept } from '../../app/vault.ts';
import { type Address, type Custodian, ownRelation } from './account.ts';

/* What this device keeps, sealed and until she signs out, so that refusing asks nothing even while her account is closed. */

/** Who she is at an organisation, and the refusals that were signed ahead. */
interface Ready {
  readonly subject: Address;
  readonly refusals: readonly SignedRefusal[];
}

/** What is open at another place, as this device saw it last. */
interface KeptPlace {
  readonly organization: Custodian['organization'];
  readonly node: string;
  readonly ready: Ready;
  readonly consents: readonly KnownConsent[];
}

/** One name for each person for whom this device decides. Where else she is known stands in what is sealed, never in a name. */
const atHome = ({ patient }: Session): string => `refusals/${patient}`;
const elsewhere = ({ patient }: Session): string => `elsewhere/${patient}`;

/** Who she is there, and what is ready to be refused: from her account, or (locked) from this device. Null where neither knows. */
export async function readyToRefuse(session: Session, at: Custodian = session): Promise<Ready | null> {
  const isHome = at.organization.id === session.organization.id;
  if (session.seed === undefined) {
    if (isHome) return ((await kept(atHome(session))) as Ready | undefined) ?? null;
    return (await keptPlaces(session)).find((one) => one.organization.id === at.organization.id)?.ready ?? null;
  }
  const { relation, subject } = await ownRelation(session, at);
  const ready = { subject, refusals: relation.refusals ?? [] };
  if (isHome) await keep(atHome(session), ready).catch(() => {}); // A browser that keeps nothing asks for the passkey instead.
  return ready;
}

/** Keeps what is open at another place. Never throws: a browser that keeps nothing asks for the passkey instead. */
export async function keepGiven(session: Session, at: Custodian, all: readonly KnownConsent[]): Promise<void> {
  const consents = all.filter(({ revoked, terms }) => !revoked && terms.validUntil * 1000 > Date.now());
  const ready = await readyToRefuse(session, at).catch(() => null);
  if (ready === null) return;
  const { organization, client } = at;
  await changeKept(session, (places) => [
    ...places.filter((one) => one.organization.id !== organization.id),
    { organization, node: client.baseUrl, ready, consents },
  ]).catch(() => {});
}

/** What was open at other places when her account was open, each with a line to the node that opens nothing and takes refusals. */
export async function keptGiven(session: Session): Promise<{ at: Custodian; consents: readonly KnownConsent[] }[]> {
  const places = await keptPlaces(session);
  return places.map(({ organization, node, consents }) => ({
    at: { organization, client: createClient({ baseUrl: node }) },
    consents,
  }));
}

/** Takes note that one was stopped while the account was closed. */
export async function keepStopped(session: Session, { organization }: Custodian, index: number): Promise<void> {
  const stopped = (one: KnownConsent): KnownConsent => (one.terms.index === index ? { ...one, revoked: true } : one);
  await changeKept(session, (places) =>
    places.map((one) =>
      one.organization.id === organization.id ? { ...one, consents: one.consents.map(stopped) } : one,
    ),
  ).catch(() => {});
}

async function keptPlaces(session: Session): Promise<readonly KeptPlace[]> {
  return ((await kept(elsewhere(session))) as readonly KeptPlace[] | undefined) ?? [];
}

/** Several places answer at once, and each is one part of what is kept. */
async function changeKept(
  session: Session,
  change: (now: readonly KeptPlace[]) => readonly KeptPlace[],
): Promise<void> {
  await navigator.locks.request('anamnesis-elsewhere', async () => {
    await keep(elsewhere(session), change(await keptPlaces(session)));
  });
}
