import type { Client } from '@anamnesis/sdk';
import { useSyncExternalStore } from 'react';
import type { Role } from './page.ts';
import { queries } from './queries.ts';
import { forget, forgetPeople, keep, kept } from './vault.ts';

/** Who is signed in. It lives in memory; over a reload only {@link Kept} survives, sealed on this device, and never the seed. */
export interface Session {
  readonly role: Role;
  readonly name: string;
  /** Id of the user or account at the node. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** A made-up person of the demonstration. */
  readonly demo: boolean;
  /** The organisation whose node serves this page. */
  readonly organization: { readonly id: number; readonly name: string; readonly country: string };
  /** FHIR id of the patient's own record here; of a patient only. */
  readonly patient?: string;
  /** Practitioner/… of staff. */
  readonly fhirUser?: string;
  /** The line to the node, with this person's authority. */
  readonly client: Client;
  /** The account's seed, until it is locked again; absent after a reload, when a passkey is asked before anything is decided. */
  readonly seed?: Uint8Array;
  /**
   * Present while she looks after somebody else: her own session, to which she goes back. Name, patient, client and seed are then of the person cared for;
   * id and demo stay those of the account.
   */
  readonly holder?: Session;
}

/** What is kept of a session. */
interface Kept extends Omit<Session, 'client' | 'seed' | 'holder'> {
  readonly token: string;
  readonly holder?: Kept;
}

const KEPT = 'session';
let session: Session | null = null;
/** The same as it is kept. */
let asKept: Kept | null = null;
/** The last one, for pages that are still open in the moment in which it ends; its seed is gone. */
let ended: Session | null = null;
let ending: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

export function currentSession(): Session | null {
  return session;
}

/** Who is signed in, in a component. */
export function useSession(): Session | null {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentSession);
}

/** The session of a page that is opened signed in only (`for` of its route). */
export function useSignedIn(): Session {
  const now = useSession() ?? ended;
  if (now === null) throw new Error('This page is opened signed in only');
  return now;
}

/** Calls back when somebody signs out or a session ends by itself. */
export function onSessionEnd(listener: () => void): void {
  listeners.add(() => {
    if (session === null) listener();
  });
}

/** Opens a session with the token that the node gave. */
export function signIn(given: Kept & { readonly seed?: Uint8Array }): Promise<Session> {
  return open(given);
}

/** Begins to look after somebody else; her own session stays open behind it. */
export function actFor(given: Omit<Kept, 'holder'> & { readonly seed: Uint8Array }): Promise<Session> {
  const [own, kept] = [session?.holder ?? session, asKept?.holder ?? asKept];
  if (own === null || kept === null) throw new Error('Nobody is signed in');
  return open({ ...given, holder: kept }, own);
}

/** Back to her own records. */
export async function actForOneself(): Promise<void> {
  if (session?.holder === undefined || asKept?.holder === undefined) return;
  asKept = asKept.holder;
  queries.clear();
  become(session.holder);
  await keep(KEPT, asKept).catch(() => {});
}

async function open({ seed, ...given }: Kept & { readonly seed?: Uint8Array }, holder?: Session): Promise<Session> {
  const { token, holder: _, ...who } = given;
  const opened = { ...who, client: await clientFor(token), ...(seed && { seed }), ...(holder && { holder }) };
  queries.clear();
  become(opened);
  asKept = given;
  await keep(KEPT, given).catch(() => {}); // A browser that keeps nothing asks again after a reload.
  return opened;
}

/** Forgets everything about the person: memory, what was fetched, and this device's store. A token of staff ends at the node, too. */
export async function signOut(): Promise<void> {
  if (session !== null && session.role !== 'patient' && session.expiresAt * 1000 > Date.now())
    void session.client.signOutStaff().catch(() => {}); // Offline it ends by itself, within hours.
  become(null);
  asKept = null;
  queries.clear();
  await forget(KEPT).catch(() => {});
  await forgetPeople().catch(() => {});
}

/** After a reload: the session as it was, if it still lasts. Never throws. */
export async function resumeSession(): Promise<void> {
  try {
    const found = (await kept(KEPT)) as Kept | undefined;
    if (found === undefined) return;
    if (found.expiresAt * 1000 < Date.now()) return await forget(KEPT);
    become(await resumed(found));
    asKept = found;
  } catch {
    // Nothing to resume.
  }
}

async function resumed({ token, holder, ...who }: Kept): Promise<Session> {
  return { ...who, client: await clientFor(token), ...(holder && { holder: await resumed(holder) }) };
}

function become(next: Session | null): void {
  // Her own seed stays while she looks after somebody else.
  for (const one of [session, session?.holder]) {
    if (one && one !== next && one !== next?.holder) one.seed?.fill(0);
  }
  ended = session;
  session = next;
  clearTimeout(ending);
  if (next !== null) {
    const left = next.expiresAt * 1000 - Date.now();
    ending = setTimeout(() => void signOut(), Math.min(left, 2 ** 31 - 1));
  }
  for (const listener of listeners) listener();
}

/** The sdk is loaded when somebody signs in, so that the first page stays small. */
async function clientFor(token: string): Promise<Client> {
  const { createClient } = await import('@anamnesis/sdk');
  return createClient({ baseUrl: location.origin, token });
}
