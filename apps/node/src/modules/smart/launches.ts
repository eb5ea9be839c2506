import { randomBytes } from 'node:crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import type { EntryStore } from './store.ts';

/** A record besides Patient and Encounter that a launch is about (SMART App Launch 2.2, fhirContext). */
export interface LaunchReference {
  readonly reference: string;
  /** What it is to the launch: a URI; without one, `launch`. */
  readonly role?: string;
}

/** A launch from a record: whose it is about, and who may complete it. */
export interface Launch {
  readonly patient: string;
  readonly encounter: string | null;
  readonly fhirContext: readonly LaunchReference[];
  /** FHIR reference of the person in whose session it was made: nobody else completes it. */
  readonly user: string;
  /** The app that it is for; null for any. */
  readonly app: string | null;
}

/** How long a launch can be completed, in seconds. */
export const LAUNCH_LIFE = 300;
const ID = /^[A-Za-z0-9.-]{1,64}$/;
/** Patient and Encounter have parameters of their own. */
const REFERENCE = /^(?!Patient\/|Encounter\/)[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}$/;
const ROLE = /^(?:launch|[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,200})$/;
const MAX_REFERENCES = 10;
const USER = /^(Practitioner|Patient)\/[A-Za-z0-9.-]{1,64}$/;

/** What staff ask for. Errors: `launch-malformed`. */
export function readLaunch(given: unknown, user: string): Launch {
  const {
    patient,
    encounter = null,
    app = null,
    user: other = user,
    fhirContext = [],
  } = (given ?? {}) as Record<string, unknown>;
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
  if (!Array.isArray(fhirContext) || fhirContext.length > MAX_REFERENCES)
    throw new AnamnesisError('launch-malformed', `fhirContext must be a list of ${MAX_REFERENCES} at most`);
  return { patient, encounter, app, user: other, fhirContext: fhirContext.map(readReference) };
}

function readReference(given: unknown): LaunchReference {
  const { reference, role } = (given ?? {}) as Record<string, unknown>;
  if (typeof reference !== 'string' || !REFERENCE.test(reference)) {
    throw new AnamnesisError(
      'launch-malformed',
      'fhirContext must refer to records here, other than Patient and Encounter',
    );
  }
  if (role === undefined) return { reference };
  if (typeof role !== 'string' || !ROLE.test(role))
    throw new AnamnesisError('launch-malformed', 'the role of a fhirContext must be a URI');
  return { reference, role };
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
