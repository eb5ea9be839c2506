import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useWaiting } from '../sharing/everywhere.ts';
import { OtherPlaces } from '../sharing/OtherPlaces.tsx';
import styles from './patient.module.css';

/** Requests that wait for her answer, at whatever organisation they were made: nothing is shown where there are none, so that what is there is seen. */
export function Waiting() {
  const { t } = useTranslation('patient');
  const { all, elsewhere } = useWaiting();
  const count = all.length;
  return (
    <>
      {count > 0 && (
        <section className={styles.waiting} aria-label={t('home.waiting')}>
          <p>{t('home.requests', { count })}</p>
          <Link to="/sharing">{t('home.answer')}</Link>
        </section>
      )}
      <OtherPlaces answers={elsewhere} />
    </>
  );
}
