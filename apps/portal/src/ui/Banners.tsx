import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../app/session.ts';
import styles from './states.module.css';

/** What holds for the whole page: no connection, or a node that has not heard of the ledger for a while. Neither stops reading. */
export function Banners() {
  return (
    <>
      <OfflineBanner />
      <LedgerBehindBanner />
    </>
  );
}

const subscribe = (listener: () => void): (() => void) => {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
};

function OfflineBanner() {
  const { t } = useTranslation();
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  if (online) return null;
  return (
    <p className={styles.banner} role="status">
      {t('banner.offline')}
    </p>
  );
}

const STATUS_EVERY_MS = 15_000;

/** Local care goes on; what others may read, and seals, wait (promise P6). */
function LedgerBehindBanner() {
  const { t } = useTranslation();
  const session = useSession();
  const status = useQuery({
    queryKey: ['status'],
    queryFn: async () => {
      const { getStatus } = await import('@anamnesis/sdk');
      return session === null ? null : getStatus(session.client);
    },
    refetchInterval: STATUS_EVERY_MS,
    enabled: session !== null,
  });
  if (!isStale(status.data)) return null;
  return (
    <p className={styles.banner} role="status">
      {t('banner.ledgerBehind')}
    </p>
  );
}

function isStale(status: unknown): boolean {
  return (status as { ledger?: { stale?: unknown } } | null | undefined)?.ledger?.stale === true;
}
