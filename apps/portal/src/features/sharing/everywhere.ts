import { type AccessRequest, getConsents, getRequests, type KnownConsent } from '@anamnesis/sdk';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useSignedIn } from '../../app/session.ts';
import { type PlaceAnswer, useEachPlace, usePlaces } from '../places/usePlaces.ts';
import type { Custodian } from './account.ts';
import type { Asked } from './decide.ts';
import { keepGiven, keptGiven, readyToRefuse } from './ready.ts';

/** How often the organisation whose page this is is asked while its page of sharing is open, in milliseconds. */
export const EVERY = 3_000;
/** How often another one is: none tells of itself, and each is asked from this device. */
const ELSEWHERE = { refetchInterval: 30_000 };

/** What came of asking each organisation that keeps her records. */
interface Everywhere<T, Own> {
  /** Of the one whose page this is; the page waits for this alone. */
  readonly own: UseQueryResult<Own>;
  /** What is here by now, hers at home first. */
  readonly all: readonly T[];
  /** How asking the others went. */
  readonly elsewhere: readonly PlaceAnswer<unknown>[];
}

/** A permission that she gave, and who keeps what it is for. */
export interface Given {
  readonly at: Custodian;
  readonly consent: KnownConsent;
}

/** The requests that wait for her answer, wherever they were made. `every`: how often home is asked, in milliseconds. */
export function useWaiting(every: number | false = false): Everywhere<Asked, readonly AccessRequest[]> {
  const session = useSignedIn();
  const ask = ({ client }: Custodian, signal: AbortSignal) => getRequests(client, { state: 'requested' }, { signal });
  const own = useQuery({
    queryKey: ['requests', session.patient],
    queryFn: ({ signal }) => ask(session, signal),
    refetchInterval: every,
  });
  const elsewhere = useEachPlace('requests', ask, ELSEWHERE);
  const asked = (at: Custodian, requests: readonly AccessRequest[] = []) =>
    requests.map((request): Asked => ({ at, request }));
  const others = elsewhere.flatMap(({ place, answer }) => asked(place, answer.data));
  return { own, all: [...asked(session, own.data), ...others], elsewhere };
}

/** The permissions that she gave, wherever the records are; while her account is closed, those elsewhere as this device saw them last. */
export function useGiven(): Everywhere<Given, readonly KnownConsent[]> {
  const session = useSignedIn();
  const ready = useReady();
  const subject = ready.data?.subject;
  const own = useQuery({
    queryKey: ['consents', subject],
    queryFn: ({ signal }) => (subject ? getConsents(session.client, { subject }, { signal }) : []),
    enabled: ready.data !== undefined,
    refetchInterval: EVERY,
  });
  const elsewhere = useEachPlace(
    'consents',
    async (place, signal) => {
      const consents = await getConsents(place.client, { subject: place.subject }, { signal });
      await keepGiven(session, place, consents);
      return consents;
    },
    ELSEWHERE,
  );
  const { closed } = usePlaces();
  const before = useQuery({
    queryKey: ['consents', session.patient, 'kept'],
    queryFn: () => keptGiven(session),
    enabled: closed > 0,
    structuralSharing: false,
  });
  const given = (at: Custodian, consents: readonly KnownConsent[] = []) =>
    consents.map((consent): Given => ({ at, consent }));
  const others =
    closed > 0
      ? (before.data ?? []).flatMap(({ at, consents }) => given(at, consents))
      : elsewhere.flatMap(({ place, answer }) => given(place, answer.data));
  return { own, all: [...given(session, own.data), ...others], elsewhere };
}

/** Who she is at home, and what is ready to be refused there. */
export function useReady() {
  const session = useSignedIn();
  return useQuery({ queryKey: ['ready', session.patient], queryFn: () => readyToRefuse(session) });
}
