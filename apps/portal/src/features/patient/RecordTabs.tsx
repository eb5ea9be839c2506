import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from './patient.module.css';

/** The two ways to look at the record. */
export function RecordTabs() {
  const { t } = useTranslation('patient');
  return (
    <nav className={styles.tabs} aria-label={t('records.views')}>
      <Link to="/records" activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>
        {t('records.byVisit')}
      </Link>
      <Link to="/records/results" activeProps={{ 'aria-current': 'page' }}>
        {t('records.results')}
      </Link>
    </nav>
  );
}
