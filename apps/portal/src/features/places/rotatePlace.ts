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
import { changeContents } from '../account/contents.ts';
import { readRelations } from '../sharing/account.ts';

/**
 * Gives a place, after a recovery, the key of the new seed in place of the one that a lost device may still hold. Each place by itself and when she says so: two
 * changes in one moment would tell whoever watches the ledger that they are one person. After a lost answer the same button goes on: what the ledger has already
 * is not sent again. Throws RequestError, LockedError, what the ledger throws.
 */
export async function rotatePlace(session: Session, organization: number): Promise<void> {
  const { contents, relations, seed } = await readRelations(session);
  const relation = relations.find((one) => one.organization === organization);
  if (relation?.ofPreviousSeed !== true) return;
  const from = seedOf({ seed, contents }, relation);
  const { rpcUrls, deployment, policy } = (await fetchSignInInfo()).ledger;
  const ledger = await openTrustedLedger({ rpcUrls, deployment, policy: chainPolicy(policy) });
  const { controller, nonce } = await ledger.subject(relationSigner(from, relation).subject);
  const { chainId } = relation;
  const next = subjectAccount(seed, { chainId, organization, generation: 0 }).address;
  if (controller.toLowerCase() !== next.toLowerCase()) {
    const rotation = await signRotation(relation, { from, to: seed }, nonce);
    await sendRotation(connect({ baseUrl: relation.node }), rotation);
    await untilItStands(
      async () => (await ledger.subject(rotation.subject)).controller.toLowerCase() === next.toLowerCase(),
    );
  }
  await changeContents(session, ({ previousSeed, ...now }) => {
    const changed = now.relations.map((one): Relation => {
      if (one.organization !== organization || one.ofPreviousSeed !== true) return one;
      const { ofPreviousSeed: _, ...rest } = rotatedRelation(from, one);
      return rest;
    });
    const isLast = !changed.some((one) => one.ofPreviousSeed === true);
    // With the last of them the old seed has done its work.
    return { ...now, relations: changed, ...(previousSeed !== undefined && !isLast && { previousSeed }) };
  });
}

/** The ledger is asked, not the place: the file is changed only once the new key counts. */
async function untilItStands(stands: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await stands()); attempt++) {
    if (attempt === 60) throw Object.assign(new Error('The change is not on the ledger yet'), { code: 'unavailable' });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
