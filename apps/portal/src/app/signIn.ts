import type { DemoPatient, SignedInUser, SignInInfo, StaffSession } from '@anamnesis/sdk';
import type { Role } from './page.ts';
import { type Session, signIn } from './session.ts';

export type { DemoPerson, SignInInfo } from '@anamnesis/sdk';

/** How long a patient's session lasts, in seconds; after that her passkey is asked again. */
const PATIENT_SESSION = 3600;

/** What a node tells everybody about itself. Without the sdk: the first page asks it before anybody signs in. Throws an Error with `status`. */
export async function fetchSignInInfo(): Promise<SignInInfo> {
  const response = await fetch('/api/v1/sign-in', { headers: { accept: 'application/json' } });
  if (!response.ok) throw Object.assign(new Error('The node does not answer'), { status: response.status });
  return (await response.json()) as SignInInfo;
}

/** Where somebody begins. */
export function homeOf(role: Role): string {
  return { patient: '/home', clinician: '/patients', registrar: '/desk', operator: '/health', auditor: '/verify' }[
    role
  ];
}

/** Signs in as a made-up person. Throws what `signInDemo` throws. */
export async function signInAsDemo({ id }: { readonly id: string }): Promise<Session> {
  const sdk = await import('@anamnesis/sdk');
  const connection = sdk.connect({ baseUrl: location.origin });
  const [info, answer] = await Promise.all([fetchSignInInfo(), sdk.signInDemo(connection, { id })]);
  return 'account' in answer ? openPatient(info, answer) : openStaff(info, answer);
}

/** Signs staff in with a passkey. Throws `NotAllowedError` (a DOMException) when the prompt was cancelled, and what `finishStaffSignIn` throws. */
export async function signInByPasskey(): Promise<Session> {
  const sdk = await import('@anamnesis/sdk');
  const connection = sdk.connect({ baseUrl: location.origin });
  const [info, { state, options }] = await Promise.all([fetchSignInInfo(), sdk.beginStaffSignIn(connection)]);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as Parameters<typeof PublicKeyCredential.parseRequestOptionsFromJSON>[0],
  );
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
  if (credential === null) throw new DOMException('No passkey was chosen', 'NotAllowedError');
  return openStaff(info, await sdk.finishStaffSignIn(connection, { state, credential: credential.toJSON() }));
}

/** Opens a staff session that the node has given. */
export function openStaff(info: SignInInfo, { token, expiresAt, user }: StaffSession): Promise<Session> {
  return signIn({ ...personOf(info, user), token, expiresAt, fhirUser: user.fhirUser });
}

/** Opens a patient's account with what she was handed, and her session with the key of her subject here. The seed stays in this page's memory. */
export async function openPatient(info: SignInInfo, handed: DemoPatient): Promise<Session> {
  const sdk = await import('@anamnesis/sdk');
  const { seed, contents } = await sdk.openAccount(handed);
  const { chainId } = info.ledger;
  const organization = info.organization.id;
  const relation = contents.relations.find((one) => one.organization === organization && one.chainId === chainId);
  const signer = sdk.subjectAccount(seed, { chainId, organization });
  const subject = relation?.subject ?? signer.address;
  const { token, notAfter } = await sdk.openSession(sdk.connect({ baseUrl: location.origin }), {
    ...{ signer, organization, chainId, subject },
    lifetime: PATIENT_SESSION,
  });
  const patient = handed.user.fhirUser.replace(/^Patient\//, '');
  return signIn({ ...personOf(info, handed.user), token, expiresAt: notAfter, patient, seed });
}

function personOf({ organization }: SignInInfo, { id, name, role, demo }: SignedInUser) {
  return { id, name, role, demo, organization };
}
