import {
  type AccountContents,
  getAccount,
  openAccountContents,
  putAccountFile,
  type Relation,
  RequestError,
  type SignedRefusal,
  sealAccountContents,
  subjectAccount,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { keep, kept } from '../../app/vault.ts';

type Address = Relation['contracts']['consents'];

/** What this device keeps sealed so that refusing asks nothing: who she is here, and the refusals that were signed ahead. */
interface Ready {
  readonly subject: Address;
  readonly refusals: readonly SignedRefusal[];
}

const READY = 'refusals';

/** Her relation with the organisation whose page this is, read from her own account file. Throws where the seed is not open. */
export async function ownRelation(
  session: Session,
): Promise<{ readonly relation: Relation; readonly subject: Address }> {
  const { client, seed, organization } = session;
  if (seed === undefined) throw new LockedError();
  const { file } = await getAccount(client);
  const relation = relationIn(await openAccountContents(seed, file), organization.id);
  return { relation, subject: relation.subject ?? signerOf(session, relation).address };
}

/** Nobody opened her account since the page was loaded: what needs her key has to wait for it. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
}

/** The key of her subject here. */
export function signerOf({ seed }: Session, { chainId, organization, generation }: Relation) {
  if (seed === undefined) throw new LockedError();
  return subjectAccount(seed, { chainId, organization, generation });
}

function relationIn({ relations }: AccountContents, organization: number): Relation {
  const found = relations.find((one) => one.organization === organization);
  if (found === undefined) throw new Error('The account has no relation here');
  return found;
}

/** Who she is here, and what is ready to be refused: from her account, or (locked) from this device. Null where neither knows. */
export async function readyToRefuse(session: Session): Promise<Ready | null> {
  if (session.seed === undefined) return ((await kept(READY)) as Ready | undefined) ?? null;
  const { relation, subject } = await ownRelation(session);
  const ready = { subject, refusals: relation.refusals ?? [] };
  await keep(READY, ready).catch(() => {}); // A browser that keeps nothing asks for the passkey instead.
  return ready;
}

/** Writes a change of her relation here into the account file; of two devices at once, both changes stay. */
export async function changeRelation(session: Session, change: (relation: Relation) => Relation): Promise<void> {
  const { client, seed, organization } = session;
  if (seed === undefined) throw new LockedError();
  for (let attempt = 0; ; attempt++) {
    const { file, version } = await getAccount(client);
    const contents = await openAccountContents(seed, file);
    const relations = contents.relations.map((one) => (one.organization === organization.id ? change(one) : one));
    try {
      await putAccountFile(client, { file: await sealAccountContents(seed, { ...contents, relations }), version });
      return;
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'conflict') || attempt === 4) throw error;
    }
  }
}
