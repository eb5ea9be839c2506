import { type AccessRequest, type Client, fetchFromPeer, getRequests } from '@anamnesis/sdk';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useSignedIn } from '../../app/session.ts';
import { everythingOf } from '../../chart/everything.ts';
import { fetchReceived, type Received } from './received.ts';
import { useLive } from './useLive.ts';

const HOUR_MS = 3_600_000;

/** The requests that this clinician made, newest first. Kept fresh by {@link useLive}. */
export function useAsked() {
  const { client, fhirUser } = useSignedIn();
  return useQuery({
    queryKey: ['asked', fhirUser],
    queryFn: async ({ signal }) =>
      (await getRequests(client, {}, { signal })).filter(({ practitioner }) => practitioner?.reference === fhirUser),
    // The answer comes by the live line; this is for what comes without one, such as the other node getting the question.
    refetchInterval: ({ state }) => (state.data?.some(isOnTheWay) ? 2_000 : false),
  });
}

/** Something is about to happen by itself: the question is being carried, or the records are. */
function isOnTheWay({ state, delivered, fetched, answeredAt }: AccessRequest): boolean {
  if (state === 'requested') return !delivered;
  return state === 'granted' && fetched === undefined && Date.now() - (answeredAt ?? 0) < 60_000;
}

/** Everything this organisation keeps about a patient. */
export function useOwnRecords(patient: string) {
  const { client } = useSignedIn();
  return useQuery({
    queryKey: ['chart', patient],
    queryFn: ({ signal }) => everythingOf(client, patient, signal),
    staleTime: 60_000,
  });
}

/** Records of another organisation on the screen. */
export interface Share {
  readonly request: AccessRequest;
  /** Absent: still being asked for. */
  readonly received: Received | undefined;
  readonly error: unknown;
  retry(): void;
}

/**
 * What other organisations let us see, under requests that were granted and have not run out. As soon as one is stopped its records are gone from memory, not only from sight;
 * as long as the line to the node is lost, nothing of it is shown.
 */
export function useShares(requests: readonly AccessRequest[]): readonly Share[] {
  const { client } = useSignedIn();
  const heard = useLive();
  const granted = newestOfEach(requests.filter(({ state, grant }) => state === 'granted' && grant !== undefined));
  const answers = useQueries({
    queries: granted.map((request) => ({
      queryKey: ['received', request.custodian, request.subject, request.id],
      queryFn: ({ signal }: { signal: AbortSignal }) => bring(client, request, signal),
      enabled: request.fetched !== undefined || !isOnTheWay(request),
      staleTime: 0,
      // A record that changed would be copied, and its origin is known by the object that came.
      structuralSharing: false,
      // Somebody else's records do not stay in memory after the page is closed.
      gcTime: 10_000,
      refetchInterval: () => untilItEnds(request),
    })),
  });
  return granted.map((request, at) => {
    const answer = answers[at];
    const failed = answer?.isError === true;
    const received: Received | undefined = heard
      ? failed
        ? undefined
        : answer?.data
      : { state: 'locked', reason: 'unsure' };
    return { request, received, error: failed && heard ? answer.error : null, retry: () => void answer?.refetch() };
  });
}

/** The ledger does not tell that time is up: it is asked again then, and now and then. */
function untilItEnds({ grant }: AccessRequest): number | false {
  const left = (grant?.terms.validUntil ?? 0) * 1000 - Date.now();
  return left < 0 ? false : Math.min(HOUR_MS, left + 500);
}

/** Fetches from the other organisation first where that has not happened yet, or did not succeed. */
async function bring(client: Client, request: AccessRequest, signal: AbortSignal): Promise<Received> {
  const { custodian, purpose, grant, fetched, practitioner } = request;
  const isOver = (grant?.terms.validUntil ?? 0) * 1000 < Date.now();
  if (grant && !isOver && (fetched === undefined || 'error' in fetched)) {
    try {
      await fetchFromPeer(client, { ...grant, custodian, purpose, practitioner: practitioner?.reference }, { signal });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'consent-refused') throw error;
      return { state: 'locked', reason: 'stopped' };
    }
  }
  return fetchReceived(client, request, signal);
}

function newestOfEach(requests: readonly AccessRequest[]): readonly AccessRequest[] {
  const newest = new Map<string, AccessRequest>();
  for (const request of requests) {
    const key = `${request.custodian}/${request.subject}`;
    const before = newest.get(key);
    if (before === undefined || (before.answeredAt ?? 0) < (request.answeredAt ?? 0)) newest.set(key, request);
  }
  return [...newest.values()];
}
