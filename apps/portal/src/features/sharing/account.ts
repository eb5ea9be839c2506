import { fromBase64, toBase64 } from '@anamnesis/protocol';
import {
  type AccountContents,
  type Client,
  type Dependant,
  getAccount,
  openAccountContents,
  putAccountFile,
  type Relation,
  RequestError,
  relationSigner,
  type Signer,
  sealAccountContents,
  seedOf,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';

export type Address = Relation['contracts']['consents'];

/** An organisation that keeps records of hers, and the line to its node with the key that she has there. A session is the one whose page this is. */
export interface Custodian {
  readonly organization: { readonly id: number; readonly name: string };
  readonly client: Client;
}

/**
 * The relation with an organisation, read from the account file: hers, or that of the person whom she looks after; and what signs for it. Throws where the
 * seed is not open.
 */
export async function ownRelation(
  session: Session,
  { organization }: Custodian = session,
): Promise<{ readonly relation: Relation; readonly subject: Address; readonly signer: Signer }> {
  const { relations, seed } = await readRelations(session);
  const relation = relations.find((one) => one.organization === organization.id);
  if (relation === undefined) throw new Error('The account has no relation there');
  return { relation, ...relationSigner(seedOf(seed, relation), relation) };
}

/** All relations of the person for whom the page acts, or of another one of the account (by her seed in it), and her seed. Throws as {@link ownRelation}. */
export async function readRelations(
  session: Session,
  person = personOf(session),
): Promise<{ readonly relations: readonly Relation[]; readonly seed: Uint8Array }> {
  const { contents, seed } = await readFile(session);
  if (person === undefined) return { relations: contents.relations, seed };
  const { relations, seed: own } = dependantOf(person, contents);
  return { relations, seed: fromBase64(own) ?? seed };
}

/** Nobody opened her account since the page was loaded: what needs her key has to wait for it. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
}

/** The account file, which is always the holder's. */
async function readFile(session: Session) {
  const { client, seed } = session.holder ?? session;
  if (seed === undefined || session.seed === undefined) throw new LockedError();
  const { file, version } = await getAccount(client);
  return { client, seed, version, contents: await openAccountContents(seed, file) };
}

/** The person cared for for whom the page acts; undefined while it acts for the holder of the account. */
function personOf({ holder, seed = new Uint8Array(0) }: Session): string | undefined {
  return holder && toBase64(seed);
}

/** Known by the seed, which a change of names or of their order leaves alone. */
function dependantOf(person: string, { dependants = [] }: AccountContents): Dependant {
  const found = dependants.find((one) => one.seed === person);
  if (found === undefined) throw new Error('The account does not keep this person');
  return found;
}

/** Writes a change of the relation with an organisation into the account file; of two devices at once, both changes stay. */
export async function changeRelation(
  session: Session,
  { organization }: Pick<Custodian, 'organization'>,
  change: (relation: Relation) => Relation,
  person = personOf(session),
): Promise<void> {
  const changed = (relations: readonly Relation[]): Relation[] =>
    relations.map((one) => (one.organization === organization.id ? change(one) : one));
  for (let attempt = 0; ; attempt++) {
    const { client, seed, version, contents } = await readFile(session);
    const file = await sealAccountContents(seed, changedContents(person, contents, changed));
    try {
      await putAccountFile(client, { file, version });
      return;
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'conflict') || attempt === 4) throw error;
    }
  }
}

function changedContents(
  person: string | undefined,
  contents: AccountContents,
  changed: (relations: readonly Relation[]) => Relation[],
): AccountContents {
  if (person === undefined) return { ...contents, relations: changed(contents.relations) };
  const whose = dependantOf(person, contents);
  const dependants = (contents.dependants ?? []).map((one) =>
    one === whose ? { ...one, relations: changed(one.relations) } : one,
  );
  return { ...contents, dependants };
}
