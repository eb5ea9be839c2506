import {
  chainPolicy,
  createClient,
  ledgerWitness,
  openTrustedLedger,
  type Proven,
  type Relation,
  type Resource,
  relationSigner,
  seedOf,
  type TrustedLedger,
  verifyRelease,
  versionReference,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { fetchSignInInfo, PATIENT_SESSION, type SignInInfo } from '../../app/signIn.ts';
import { everythingOf } from '../../chart/everything.ts';
import { setOrigin, type Verification } from '../../chart/origin.ts';
import { isAboutCare } from '../../chart/visits.ts';
import { type Custodian, readRelations } from '../sharing/account.ts';

/** Another organisation where she has records, and the line to its node: with the key of her subject there. */
export interface Place extends Custodian {
  /** Who she is there. */
  readonly subject: Relation['contracts']['consents'];
  /** After a recovery: its key is still that of the devices that were lost. */
  readonly hasOldKey: boolean;
}

/** What a place keeps about her. */
export interface PlaceRecords {
  readonly resources: readonly Resource[];
  /** Did not verify: kept apart, and nobody should rely on it. */
  readonly doubtful: readonly Resource[];
}

/**
 * The organisations besides the one whose page this is where she, or the person whom she looks after, is known. Only her account tells: no organisation knows of the
 * others. Throws LockedError without the seed; RequestError.
 */
export async function placesOf(session: Session): Promise<readonly Place[]> {
  const { relations, seed } = await readRelations(session);
  return relations
    .filter(({ organization }) => organization !== session.organization.id)
    .map((relation) => {
      const { chainId, organization, name, node } = relation;
      const signer = relationSigner(seedOf(seed, relation), relation);
      const client = createClient({
        baseUrl: node,
        session: { ...signer, organization, chainId, lifetime: PATIENT_SESSION },
      });
      const { subject } = signer;
      return { organization: { id: organization, name }, client, subject, hasOldKey: relation.keySeed !== undefined };
    });
}

/**
 * Reads everything that a place keeps about her, and verifies it here against the ledger: the place is trusted as little as any other. What cannot be verified
 * because the ledger does not answer is marked as not checked. Throws RequestError.
 */
export async function fetchPlace(place: Place, signal: AbortSignal): Promise<PlaceRecords> {
  const { organization, client } = place;
  const { entry = [] } = await client.fhir.search('Patient', { _count: 1 }, { signal });
  const patient = entry[0]?.resource?.id;
  if (patient === undefined) return { resources: [], doubtful: [] };
  const all = (await everythingOf(client, patient, signal)).filter(isAboutCare);
  const proofs = await client.getProofs({ references: all.map(versionReference) }, { signal });
  const proven = all.flatMap((content, at): Proven[] => {
    const proof = proofs[at] ?? null;
    return proof === null ? [] : [{ content, proof }];
  });
  const verdicts = await verify(proven, organization.id);
  const verificationOf = (resource: Resource): Verification =>
    verdicts === null ? 'unchecked' : (verdicts.get(resource) ?? 'unverified');
  for (const resource of all)
    setOrigin(resource, { custodian: organization.id, verification: verificationOf(resource) });
  const doubtful = all.filter((one) => verificationOf(one) === 'unverified');
  return { resources: all.filter((one) => !doubtful.includes(one)), doubtful };
}

/** How far each can be relied on; null when the ledger does not answer. */
async function verify(
  proven: readonly Proven[],
  organization: number,
): Promise<ReadonlyMap<Resource, Verification> | null> {
  const verdicts = new Map<Resource, Verification>();
  try {
    const info = await fetchSignInInfo();
    const { chainId, deployment } = info.ledger;
    const expected = { kind: 'record', chainId, checkpoints: deployment.checkpoints, organization } as const;
    const witness = ledgerWitness(await ledgerOf(info));
    let at = 0;
    for await (const { failure, sealed } of verifyRelease(proven, { expected, witness })) {
      const content = proven[at++]?.content;
      if (content) verdicts.set(content, failure !== null ? 'unverified' : sealed ? 'verified' : 'unsealed');
      // A life of records is verified between what the reader does, not instead of it.
      if (at % 200 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    return verdicts;
  } catch {
    return null;
  }
}

function ledgerOf({ ledger: { rpcUrls, deployment, policy } }: SignInInfo): Promise<TrustedLedger> {
  return openTrustedLedger({ rpcUrls, deployment, policy: chainPolicy(policy) });
}
