import { toBase64 } from '@anamnesis/protocol';
import {
  connect,
  joinAccount,
  type KnownOrganization,
  openSession,
  passphraseLock,
  type Relation,
  RequestError,
  sealAccountContents,
  subjectAccount,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';
import { fetchSignInInfo } from '../../app/signIn.ts';
import { changeContents } from '../account/contents.ts';
import { firstRelation } from '../account/join.ts';

/**
 * Takes another organisation into the account, with the code of its desk: from then on her device asks it by itself. She is another subject there, of the same seed.
 * The relation is in her account file before anything is made with it, so that a lost connection loses nothing, and trying again is the same act.
 * No device and no passphrase opens what the place keeps as her account: her account at home does. Throws RequestError `not-found` for a code that is wrong,
 * used or too old; an error of code `known-place` where she has one there; needs the seed.
 */
export async function addPlace(
  session: Session,
  { place, code }: { readonly place: KnownOrganization; readonly code: string },
): Promise<void> {
  const { seed } = session;
  const { id: organization, node } = place;
  if (seed === undefined || node === null)
    throw Object.assign(new Error('The account is locked'), { code: 'account-locked' });
  const info = await fetchSignInInfo();
  const { chainId } = info.ledger;
  const relation: Relation = {
    ...firstRelation(info),
    ...{ organization, node, name: (place.name ?? '').slice(0, 1000) },
  };
  const signer = subjectAccount(seed, { chainId, organization });
  const connection = connect({ baseUrl: node });
  let isNew = true;
  await changeContents(session, (now) => {
    isNew = !now.relations.some((one) => one.organization === organization);
    return isNew ? { ...now, relations: [...now.relations, relation] } : now;
  });
  try {
    await joinAccount(connection, {
      ...{ code, chainId, organization, signer },
      locks: [await passphraseLock(seed, toBase64(crypto.getRandomValues(new Uint8Array(32))))],
      file: await sealAccountContents(seed, { name: '', relations: [relation] }),
    });
  } catch (error) {
    // Nothing was made there, so that the account need not say so; no answer is not a no.
    if (isNew && (await isUnknown())) {
      await changeContents(session, (now) => ({
        ...now,
        relations: now.relations.filter((one) => one.organization !== organization),
      })).catch(() => {});
    }
    throw error;
  }

  async function isUnknown(): Promise<boolean> {
    try {
      await openSession(connection, { signer, organization, chainId, lifetime: 60 });
      return false;
    } catch (error) {
      return error instanceof RequestError && error.code === 'unauthorized';
    }
  }
}
