import {
  chainPolicy,
  connect,
  openTrustedLedger,
  type Relation,
  relationSigner,
  rotatedRelation,
  seedOf,
  sendRotation,
  signRotation,
  subjectAccount,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { fetchSignInInfo } from '../../app/signIn.ts';
import { type Custodian, changeRelation, readRelations } from '../sharing/account.ts';

type Named = Custodian['organization'];

/**
 * Gives a place, after a recovery, the key of the new seed in place of the one that a lost device may still hold: hers, or that of a person whom she looks after
 * (`person`: the seed that this one has in the account). Each by itself and when she says so: two changes in one moment would tell whoever watches the ledger
 * that they belong together. After a lost answer the same button goes on: what the ledger has already is not sent again. Throws RequestError, LockedError,
 * what the ledger throws.
 */
export async function rotatePlace(session: Session, organization: Named, person?: string): Promise<void> {
  const { relations, seed } = await readRelations(session, person);
  const relation = relations.find((one) => one.organization === organization.id);
  if (relation?.keySeed === undefined) return;
  const from = seedOf(seed, relation);
  const { rpcUrls, deployment, policy } = (await fetchSignInInfo()).ledger;
  const ledger = await openTrustedLedger({ rpcUrls, deployment, policy: chainPolicy(policy) });
  const { controller, nonce } = await ledger.subject(relationSigner(from, relation).subject);
  const { chainId } = relation;
  const next = subjectAccount(seed, { chainId, organization: organization.id, generation: 0 }).address;
  if (controller.toLowerCase() !== next.toLowerCase()) {
    const rotation = await signRotation(relation, { from, to: seed }, nonce);
    await sendRotation(connect({ baseUrl: relation.node }), rotation);
    await untilItStands(
      async () => (await ledger.subject(rotation.subject)).controller.toLowerCase() === next.toLowerCase(),
    );
  }
  const rotated = (one: Relation): Relation => (one.keySeed === undefined ? one : rotatedRelation(from, one));
  await changeRelation(session, { organization }, rotated, person);
}

/** The ledger is asked, not the place: the file is changed only once the new key counts. */
async function untilItStands(stands: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await stands()); attempt++) {
    if (attempt === 60) throw Object.assign(new Error('The change is not on the ledger yet'), { code: 'unavailable' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
