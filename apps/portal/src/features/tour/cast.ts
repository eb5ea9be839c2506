import {
  type Client,
  chainPolicy,
  connect,
  createClient,
  getOrganizations,
  getSignIn,
  openAccount,
  openTrustedLedger,
  type SignInInfo,
  signInDemo,
  subjectAccount,
  type TrustedLedger,
} from '@anamnesis/sdk';
import type { Session } from '../../app/session.ts';

/** Who plays, by their names in the demonstration. */
const PATIENT = 'Maria Hale';
const DOCTOR = 'Dr Inês Silva';

/** A demo person, and the node at which she signs in. */
interface Place {
  readonly node: string;
  readonly id: string;
  readonly info: SignInInfo;
}

/** Where the two are to be found. */
export interface People {
  readonly maria: Place;
  readonly silva: Place;
}

/** Both signed in, each at her own node, and the ledger, which this page asks itself. Nothing of it outlives the page. */
export interface Cast {
  readonly maria: Session;
  readonly silva: {
    readonly client: Client;
    readonly name: string;
    readonly organization: SignInInfo['organization'];
  };
  readonly ledger: TrustedLedger;
  /** Id of the one request of this tour: asked again after a lost answer it is the same request. */
  readonly requestId: string;
}

/** Looks for the two, first here, then at the other nodes. Null where they are not: everywhere but in the demonstration. Throws RequestError. */
export async function findPeople(signal: AbortSignal): Promise<People | null> {
  const here = connect({ baseUrl: location.origin });
  const own = { node: location.origin, info: await getSignIn(here, { signal }) };
  // A node without demo people is a real one: nobody else is asked on its account.
  if (own.info.demo.length === 0) return null;
  const others = (await getOrganizations(here, { signal })).flatMap(({ id, node, active }) =>
    node !== null && active && id !== own.info.organization.id ? [node] : [],
  );
  const answers = await Promise.allSettled(
    others.map(async (node) => ({ node, info: await getSignIn(connect({ baseUrl: node }), { signal }) })),
  );
  const all = [own, ...answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))];
  const find = (name: string): Place | null => {
    for (const { node, info } of all) {
      const person = info.demo.find((one) => one.name === name);
      if (person !== undefined) return { node, info, id: person.id };
    }
    return null;
  };
  const [maria, silva] = [find(PATIENT), find(DOCTOR)];
  return maria && silva && { maria, silva };
}

/** Signs both in. Throws RequestError, and what `openTrustedLedger` throws. */
export async function openCast({ maria, silva }: People): Promise<Cast> {
  const { rpcUrls, deployment, policy } = maria.info.ledger;
  const [patient, doctor, ledger] = await Promise.all([
    openMaria(maria),
    openSilva(silva),
    openTrustedLedger({ rpcUrls, deployment, policy: chainPolicy(policy) }),
  ]);
  return { maria: patient, silva: doctor, ledger, requestId: crypto.randomUUID() };
}

async function openMaria({ node, id, info }: Place): Promise<Session> {
  const answer = await signInDemo(connect({ baseUrl: node }), { id });
  if (!('account' in answer)) throw new Error('She is no patient here');
  const { seed, contents } = await openAccount(answer);
  const { organization } = info;
  const { chainId } = info.ledger;
  const relation = contents.relations.find((one) => one.organization === organization.id && one.chainId === chainId);
  const signer = subjectAccount(seed, {
    chainId,
    organization: organization.id,
    generation: relation?.generation ?? 0,
  });
  const subject = relation?.subject ?? signer.address;
  const client = createClient({
    baseUrl: node,
    session: { signer, organization: organization.id, chainId, subject },
  });
  const { user } = answer;
  const patient = user.fhirUser.replace(/^Patient\//, '');
  return {
    ...{ role: 'patient', name: user.name, id: user.id, demo: true, organization, patient, client, seed },
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

async function openSilva({ node, id, info }: Place): Promise<Cast['silva']> {
  const answer = await signInDemo(connect({ baseUrl: node }), { id });
  if (!('token' in answer)) throw new Error('She is no clinician here');
  const client = createClient({ baseUrl: node, token: answer.token });
  return { client, name: answer.user.name, organization: info.organization };
}
