import { fromBase64, toBase64 } from '@anamnesis/protocol';
import {
  type AccountContents,
  connect,
  createClient,
  type Dependant,
  joinAccount,
  openSession,
  passphraseLock,
  RequestError,
  relationSigner,
  type SignInInfo,
  sealAccountContents,
  seedOf,
  subjectAccount,
} from '@anamnesis/sdk';
import { actFor, type Session } from '../../app/session.ts';
import { fetchSignInInfo, PATIENT_SESSION } from '../../app/signIn.ts';
import { nameOf } from '../../chart/person.ts';
import { changeContents } from '../account/contents.ts';
import { checkCode, firstRelation } from '../account/join.ts';

/** Whether a person cared for has records at the organisation whose page this is. */
export function isHere({ relations }: Dependant, organization: number): boolean {
  return relations.some((one) => one.organization === organization);
}

/**
 * Begins to look and decide for a person cared for, with the keys of hers that the account keeps. The node sees her subject, as if she came herself.
 * Throws RequestError; an error of code `not-here` where she has no records.
 */
export async function lookAfter(session: Session, dependant: Dependant): Promise<void> {
  const info = await fetchSignInInfo();
  const { token, notAfter, seed, record } = await enter(dependant, info);
  const { role, id, demo } = session.holder ?? session;
  await actFor({
    ...{ role, id, demo, organization: info.organization },
    name: nameOf(record) ?? dependant.name,
    patient: record.id,
    expiresAt: Math.min(notAfter, session.expiresAt),
    ...{ token, seed },
  });
}

/** Opens her session, and reads whose it is. */
async function enter(dependant: Dependant, info: SignInInfo) {
  const { id: organization } = info.organization;
  const relation = dependant.relations.find((one) => one.organization === organization);
  const seed = fromBase64(dependant.seed);
  if (relation === undefined || seed === null) throw notHere();
  const baseUrl = location.origin;
  const { signer, subject } = relationSigner(seedOf(seed, relation), relation);
  const { token, notAfter } = await openSession(connect({ baseUrl }), {
    ...{ signer, subject, organization, chainId: relation.chainId },
    lifetime: PATIENT_SESSION,
  });
  const { entry = [] } = await createClient({ baseUrl, token }).fhir.search('Patient', { _count: 1 });
  const own = entry[0]?.resource;
  if (own?.id === undefined) throw notHere();
  return { token, notAfter, seed, record: { ...own, id: own.id } };
}

function notHere(): Error {
  return Object.assign(new Error('There are no records of this person here'), { code: 'not-here' });
}

/**
 * Takes a person into the account, with the desk's code for her record. Her seed is in the account file before anything is made with it, so that a lost
 * connection loses nothing: the same seed may be sent again. No device and no passphrase opens her account; whoever has her seed can add one when she is of age.
 * Throws RequestError `not-found` for a code that is wrong, used or too old; needs the holder's seed.
 */
export async function takeIn(
  session: Session,
  { seed, kind, code }: { readonly seed: Uint8Array; readonly kind: Dependant['kind']; readonly code: string },
): Promise<void> {
  const info = await fetchSignInInfo();
  await checkCode(code);
  const { chainId } = info.ledger;
  const organization = info.organization.id;
  const person: Dependant = { name: '', kind, seed: toBase64(seed), relations: [firstRelation(info)] };
  const others = ({ dependants = [] }: AccountContents) => dependants.filter((one) => one.seed !== person.seed);
  const keepAs = (name: string) =>
    changeContents(session, (now) => ({ ...now, dependants: [...others(now), { ...person, name }] }));
  await keepAs('');
  try {
    await joinAccount(connect({ baseUrl: location.origin }), {
      ...{ code, chainId, organization, signer: subjectAccount(seed, { chainId, organization }) },
      locks: [await passphraseLock(seed, toBase64(crypto.getRandomValues(new Uint8Array(32))))],
      file: await sealAccountContents(seed, { name: '', relations: person.relations }),
    });
  } catch (error) {
    if (!(await isUnknown(person, info))) throw error;
    // Nothing was made with the seed, so that it need not be kept.
    await changeContents(session, (now) => ({ ...now, dependants: others(now) })).catch(() => {});
    throw error;
  }
  const { record } = await enter(person, info);
  await keepAs((nameOf(record) ?? '').slice(0, 400));
}

/** Whether the node says that it does not know her; no answer is not a no. */
async function isUnknown(person: Dependant, info: SignInInfo): Promise<boolean> {
  try {
    await enter(person, info);
    return false;
  } catch (error) {
    return error instanceof RequestError && error.code === 'unauthorized';
  }
}
