import type { HandedAccount, Lock, OpenedAccount, SignedInUser, SignInInfo, StaffSession } from '@anamnesis/sdk';
import type { Role } from './page.ts';
import { type Session, signIn } from './session.ts';

export type { DemoPerson, SignInInfo } from '@anamnesis/sdk';

/** How long a patient's session lasts, in seconds; after that her passkey is asked again. */
export const PATIENT_SESSION = 3600;

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

/** What opens a lock that the organisation has no secret of; null for what cannot be opened here. */
export type SecretOf = (lock: Lock) => Promise<Uint8Array | null> | Uint8Array | null;

/**
 * Opens a patient's account with what she was handed, and her session with the key of her subject here. The seed stays in this page's memory.
 * Throws `account-locked` when nothing here opens it.
 */
export async function openPatient(
  info: SignInInfo,
  handed: HandedAccount & { readonly user?: SignedInUser },
  secretOf?: SecretOf,
): Promise<Session> {
  const sdk = await import('@anamnesis/sdk');
  return enterAccount(info, handed, await sdk.openAccount(handed, secretOf));
}

/** Begins the session of an account whose seed is open. `user`: who she is, where the node said so; else her own record tells. */
export async function enterAccount(
  info: SignInInfo,
  { account, user }: { readonly account: { readonly id: string }; readonly user?: SignedInUser },
  { seed, contents }: OpenedAccount,
): Promise<Session> {
  const [sdk, { nameOf }] = await Promise.all([import('@anamnesis/sdk'), import('../chart/person.ts')]);
  const { chainId } = info.ledger;
  const organization = info.organization.id;
  const relation = contents.relations.find((one) => one.organization === organization && one.chainId === chainId);
  const signer = sdk.subjectAccount(seed, { chainId, organization, generation: relation?.generation ?? 0 });
  const subject = relation?.subject ?? signer.address;
  const baseUrl = location.origin;
  const { token, notAfter } = await sdk.openSession(sdk.connect({ baseUrl }), {
    ...{ signer, organization, chainId, subject },
    lifetime: PATIENT_SESSION,
  });
  const opened = { token, expiresAt: notAfter, seed };
  if (user !== undefined) {
    return signIn({ ...personOf(info, user), ...opened, patient: user.fhirUser.replace(/^Patient\//, '') });
  }
  const { entry = [] } = await sdk.createClient({ baseUrl, token }).fhir.search('Patient', { _count: 1 });
  const own = entry[0]?.resource;
  if (own?.id === undefined) throw new Error('The account has no record here');
  const name = nameOf(own) ?? contents.name;
  const who = { id: account.id, name, role: 'patient', demo: false, organization: info.organization } as const;
  return signIn({ ...who, ...opened, patient: own.id });
}

function personOf({ organization }: SignInInfo, { id, name, role, demo }: SignedInUser) {
  return { id, name, role, demo, organization };
}
