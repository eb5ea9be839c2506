import { useQuery } from '@tanstack/react-query';
import { useSession } from './session.ts';

const EVERY_MS = 15_000;
/** While something waits for its seal. */
const SOON_MS = 4_000;

/** How the node is, looked at every now and then while somebody is signed in. All of it is the node's word. */
export interface Status {
  /** Its view of the ledger is too old to share anything on it (promise P6). */
  readonly ledgerBehind: boolean;
  /** Sealing does not work at present; it is tried again and again. */
  readonly troubled: boolean;
  /** Records that no checkpoint on the ledger covers yet. */
  readonly unsealed: number;
  /** How many leaves of the record log a checkpoint on the ledger covers. */
  readonly sealed: number;
  /** When this was asked, in milliseconds since 1970. */
  readonly askedAt: number;
  /** When it last heard of the ledger, in milliseconds since 1970. */
  readonly ledgerSeen: number | null;
}

/** `polls`: asks again and again, which one part of the page does for all. */
export function useStatus({ polls = false } = {}) {
  const session = useSession();
  return useQuery({
    queryKey: ['status'],
    queryFn: async (): Promise<Status | null> => {
      const { getStatus } = await import('@anamnesis/sdk');
      return session === null ? null : read(await getStatus(session.client));
    },
    ...(polls && { refetchInterval: ({ state: { data } }) => ((data?.unsealed ?? 0) > 0 ? SOON_MS : EVERY_MS) }),
    enabled: session !== null,
  });
}

function read(status: Readonly<Record<string, unknown>>): Status {
  const { ledger, logs, sealing } = status as {
    ledger?: { stale?: unknown; seenAt?: unknown };
    logs?: { records?: { waiting?: unknown; sealed?: unknown } };
    sealing?: { problem?: unknown };
  };
  const { waiting, sealed } = logs?.records ?? {};
  return {
    ledgerBehind: ledger?.stale === true,
    troubled: ledger?.stale === true || typeof sealing?.problem === 'string',
    askedAt: Date.now(),
    unsealed: typeof waiting === 'number' ? waiting : 0,
    sealed: typeof sealed === 'number' ? sealed : 0,
    ledgerSeen: typeof ledger?.seenAt === 'number' ? ledger.seenAt : null,
  };
}
