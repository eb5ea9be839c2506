import { randomBytes } from 'node:crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import type { EntryStore } from './store.ts';

/** A launch from a record: whose it is about, and who may complete it. */
export interface Launch {
  readonly patient: string;
  readonly encounter: string | null;
  /** FHIR reference of the person in whose session it was made: nobody else completes it. */
  readonly user: string;
  /** The app that it is for; null for any. */
  readonly app: string | null;
}

/** How long a launch can be completed, in seconds. */
export const LAUNCH_LIFE = 300;
const ID = /^[A-Za-z0-9.-]{1,64}$/;
const USER = /^(Practitioner|Patient)\/[A-Za-z0-9.-]{1,64}$/;

/** What staff ask for. Errors: `launch-malformed`. */
export function readLaunch(given: unknown, user: string): Launch {
  const { patient, encounter = null, app = null, user: other = user } = (given ?? {}) as Record<string, unknown>;
  if (typeof patient !== 'string' || !ID.test(patient))
    throw new AnamnesisError('launch-malformed', 'patient must be the id of a Patient');
  if (encounter !== null && (typeof encounter !== 'string' || !ID.test(encounter))) {
    throw new AnamnesisError('launch-malformed', 'encounter must be the id of an Encounter');
  }
  if (app !== null && typeof app !== 'string')
    throw new AnamnesisError('launch-malformed', 'app must be the id of an app');
  if (typeof other !== 'string' || !USER.test(other)) {
    throw new AnamnesisError('launch-malformed', 'user must be the Practitioner who launches');
  }
  return { patient, encounter, app, user: other };
}

/** Keeps a launch. Returns the opaque value of the `launch` parameter: 256 random bits, used once, within five minutes. */
export async function openLaunch(store: EntryStore, launch: Launch): Promise<string> {
  const id = randomBytes(32).toString('base64url');
  await store.put('Launch', id, launch, LAUNCH_LIFE);
  return id;
}

/** The launch of a `launch` parameter, which ends with it. Null when there is none: used, too late, another person's or another app's. */
export async function takeLaunch(
  store: EntryStore,
  id: string,
  by: { user: string; app: string },
): Promise<Launch | null> {
  const launch = (await store.take('Launch', id)) as Launch | null;
  if (launch === null || launch.user !== by.user || (launch.app !== null && launch.app !== by.app)) return null;
  return launch;
}
