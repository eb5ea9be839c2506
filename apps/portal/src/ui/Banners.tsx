import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useStatus } from '../app/status.ts';
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

/** Local care goes on; what others may read, and seals, wait (promise P6). */
function LedgerBehindBanner() {
  const { t } = useTranslation();
  const status = useStatus({ polls: true });
  if (status.data?.ledgerBehind !== true) return null;
  return (
    <p className={styles.banner} role="status">
      {t('banner.ledgerBehind')}
    </p>
  );
}
