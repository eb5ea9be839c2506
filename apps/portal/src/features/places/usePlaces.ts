import type { Resource } from '@anamnesis/sdk';
import { type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { useSignedIn } from '../../app/session.ts';
import { keep, kept } from '../../app/vault.ts';
import { everythingOf } from '../../chart/everything.ts';
import { callBy, wordsOf } from '../../chart/words.ts';
import { fetchPlace, type Place, type PlaceRecords, placesOf } from './places.ts';

/** Elsewhere less happens from one minute to the next than at home, and each look is in a log. */
const FRESH_MS = 300_000;

/** A place and what came of asking it. */
export interface PlaceAnswer<T> {
  readonly place: Place;
  readonly answer: UseQueryResult<T>;
}
export type PlaceView = PlaceAnswer<PlaceRecords>;

/** Her complete history as far as it is here by now. */
export interface Whole {
  /** What the home organisation keeps; the page waits for this alone. */
  readonly own: UseQueryResult<readonly Resource[]>;
  readonly places: readonly PlaceView[];
  /** How many places cannot be asked before she opens her account (after a reload). */
  readonly closed: number;
  /** By who keeps them, her home first: ids and visits of different organisations are never mixed up. */
  readonly sources: readonly (readonly Resource[])[];
  readonly all: readonly Resource[];
}

/** Everything that the home organisation keeps about the patient, in memory for as long as she is signed in. */
export function useRecord(): UseQueryResult<readonly Resource[]> {
  const { client, patient = '' } = useSignedIn();
  return useQuery({
    queryKey: ['record', patient],
    queryFn: ({ signal }) => everythingOf(client, patient, signal),
    staleTime: 60_000,
  });
}

/** The records of home and of every other place where she is known, each asked with the key that she has there. */
export function useWhole(): Whole {
  const own = useRecord();
  const { closed } = usePlaces();
  const places = useEachPlace('place', fetchPlace, { staleTime: FRESH_MS });
  const found = places.flatMap(({ answer }) => (answer.data === undefined ? [] : [answer.data.resources]));
  const sources = useSame([own.data ?? NONE, ...found]);
  const all = useMemo(() => {
    const [home = NONE, ...elsewhere] = sources;
    const words = elsewhere.length > 0 ? wordsOf(home) : new Map<string, string>();
    for (const resources of elsewhere) callBy(words, resources);
    return sources.flat();
  }, [sources]);
  return { own, places, closed, sources, all };
}

const NONE: readonly Resource[] = [];

/** The list of before as long as the same things stand in it. Places come and go, so it cannot be the dependencies of a hook, whose number React takes for constant. */
function useSame<T>(list: readonly T[]): readonly T[] {
  const before = useRef(list);
  const isSame = before.current.length === list.length && list.every((one, at) => one === before.current[at]);
  if (!isSame) before.current = list;
  return before.current;
}

/** The other places where she is known, and how many there are that cannot be asked before she opens her account. */
export function usePlaces(): { readonly places: readonly Place[]; readonly closed: number } {
  const session = useSignedIn();
  const { patient = '', seed } = session;
  const isOpen = seed !== undefined && (session.holder === undefined || session.holder.seed !== undefined);
  const place = `places/${patient}`;
  const known = useQuery({
    queryKey: ['places', patient, isOpen],
    queryFn: async (): Promise<{ places: readonly Place[]; closed: number }> => {
      if (!isOpen) return { places: [], closed: ((await kept(place)) as number | undefined) ?? 0 };
      const places = await placesOf(session);
      await keep(place, places.length).catch(() => {}); // A browser that keeps nothing does not say after a reload that something is missing.
      return { places, closed: 0 };
    },
    staleTime: FRESH_MS,
    structuralSharing: false,
  });
  return known.data ?? NOWHERE;
}

const NOWHERE = { places: [], closed: 0 };

/** Asks each other place the same, with the key that she has there. One that does not answer holds up none. `what` names it among all that is asked. */
export function useEachPlace<T>(
  what: string,
  ask: (place: Place, signal: AbortSignal) => Promise<T>,
  often: { readonly staleTime?: number; readonly refetchInterval?: number },
): readonly PlaceAnswer<T>[] {
  const { patient = '' } = useSignedIn();
  const { places } = usePlaces();
  const answers = useQueries({
    queries: places.map((one) => ({
      queryKey: [what, patient, one.organization.id],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask(one, signal),
      ...often,
      retry: false,
      // A record that changed would be copied, and its origin is known by the object that came.
      structuralSharing: false,
    })),
  });
  return places.flatMap((place, at) => {
    const answer = answers[at];
    return answer === undefined ? [] : [{ place, answer }];
  });
}
