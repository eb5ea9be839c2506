import { useQuery } from '@tanstack/react-query';
import { useSession } from './session.ts';

const EVERY_MS = 15_000;

/** How the node is, looked at every now and then while somebody is signed in. All of it is the node's word. */
export interface Status {
  /** Its view of the ledger is too old to share anything on it (promise P6). */
  readonly ledgerBehind: boolean;
  /** Records that no checkpoint on the ledger covers yet. */
  readonly unsealed: number;
  /** When it last heard of the ledger, in milliseconds since 1970. */
  readonly ledgerSeen: number | null;
}

export function useStatus() {
  const session = useSession();
  return useQuery({
    queryKey: ['status'],
    queryFn: async (): Promise<Status | null> => {
      const { getStatus } = await import('@anamnesis/sdk');
      return session === null ? null : read(await getStatus(session.client));
    },
    refetchInterval: EVERY_MS,
    enabled: session !== null,
  });
}

function read(status: Readonly<Record<string, unknown>>): Status {
  const { ledger, logs } = status as {
    ledger?: { stale?: unknown; seenAt?: unknown };
    logs?: { records?: { waiting?: unknown } };
  };
  const waiting = logs?.records?.waiting;
  return {
    ledgerBehind: ledger?.stale === true,
    unsealed: typeof waiting === 'number' ? waiting : 0,
    ledgerSeen: typeof ledger?.seenAt === 'number' ? ledger.seenAt : null,
  };
}
