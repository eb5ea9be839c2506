import { fromBase64 } from '@anamnesis/protocol';
import { connect, createClient, type Dependant, openSession, relationSigner } from '@anamnesis/sdk';
import { actFor, type Session } from '../../app/session.ts';
import { fetchSignInInfo, PATIENT_SESSION } from '../../app/signIn.ts';
import { nameOf } from '../../chart/person.ts';

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
  const { id: organization } = info.organization;
  const relation = dependant.relations.find((one) => one.organization === organization);
  const seed = fromBase64(dependant.seed);
  if (relation === undefined || seed === null)
    throw Object.assign(new Error('There are no records of this person here'), { code: 'not-here' });
  const baseUrl = location.origin;
  const { signer, subject } = relationSigner(seed, relation);
  const { token, notAfter } = await openSession(connect({ baseUrl }), {
    ...{ signer, subject, organization, chainId: relation.chainId },
    lifetime: PATIENT_SESSION,
  });
  const { entry = [] } = await createClient({ baseUrl, token }).fhir.search('Patient', { _count: 1 });
  const own = entry[0]?.resource;
  if (own?.id === undefined) throw Object.assign(new Error('There is no record here'), { code: 'not-here' });
  const { role, id, demo } = session.holder ?? session;
  await actFor({
    ...{ role, id, demo, organization: info.organization },
    name: nameOf(own) ?? dependant.name,
    patient: own.id,
    expiresAt: Math.min(notAfter, session.expiresAt),
    ...{ token, seed },
  });
}
