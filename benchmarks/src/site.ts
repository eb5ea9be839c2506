import type { RunningNode } from '@anamnesis/node';
import type { Engine } from './engines.ts';
import { FHIR, type Http, openHttp } from './http.ts';
import type { Profile } from './profile.ts';
import { measurements, patient } from './samples.ts';
import type { Server, World } from './world.ts';

/** Records that were put into a node before anything is timed: references such as `Patient/7`. */
export interface Seeded {
  readonly patients: readonly string[];
  readonly observations: readonly string[];
}

/** What the measurements of one engine share. */
export interface Site {
  readonly profile: Profile;
  readonly world: World;
  readonly engine: Engine;
  /** A node in its own process, with records. */
  readonly custodian: Server;
  readonly seeded: Seeded;
  /** A node in this process, with the same records. */
  readonly inside: RunningNode;
  readonly insideSeeded: Seeded;
  stop(): Promise<void>;
}

/** Writes records through a function that processes a Bundle; returns what was made, in order. */
export async function seed(profile: Profile, process: (bundle: object) => Promise<unknown>): Promise<Seeded> {
  const made = async (bundle: object): Promise<string[]> => {
    const answer = (await process(bundle)) as { entry: { response: { location: string } }[] };
    return answer.entry.map(({ response }) => /([A-Za-z]+\/[^/]+)\/_history\//.exec(response.location)?.[1] ?? '');
  };
  const people = Array.from({ length: profile.patients }, (_, at) => patient(at));
  const patients = await made({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: people.map((resource) => ({ resource, request: { method: 'POST', url: 'Patient' } })),
  });
  const observations: string[] = [];
  for (const [at, one] of patients.entries()) {
    observations.push(...(await made(measurements(one, at * profile.observations, profile.observations))));
  }
  return { patients, observations };
}

/** Starts the two nodes and fills them. */
export async function openSite(
  world: World,
  engine: Engine,
  profile: Profile,
  fillInside: (node: RunningNode) => Promise<Seeded>,
): Promise<Site> {
  const custodian = await world.startServer(engine);
  const http = openHttp(custodian.url, custodian.tokens.integrator ?? '', 1);
  const seeded = await seed(profile, (bundle) => http.json('POST', FHIR, 200, bundle));
  await http.close();
  await custodian.refreshStatistics();
  const inside = await world.startInside(engine);
  const insideSeeded = await fillInside(inside);
  await inside.refreshStatistics();
  return {
    ...{ profile, world, engine, custodian, seeded, inside, insideSeeded },
    async stop() {
      await inside.stop();
      await custodian.stop();
    },
  };
}

/** Connections of a clinician to the site's node. */
export function clinicianOf(site: Site, connections: number): Http {
  return openHttp(site.custodian.url, site.custodian.tokens.clinician ?? '', connections);
}

/** Goes through a list over and over, in an order that jumps: neighbours were written together. */
export function around<T>(list: readonly T[]): () => T {
  let at = 0;
  return () => {
    at = (at + 7919) % list.length;
    return list[at] as T;
  };
}
