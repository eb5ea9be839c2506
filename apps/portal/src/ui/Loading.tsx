import { useTranslation } from 'react-i18next';
import styles from './states.module.css';

/** Shown while a page or its records are fetched; appears only after a moment, so that quick answers do not flicker. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <p className={styles.loading} role="status" data-loading="">
      {t('state.loading')}
    </p>
  );
}
