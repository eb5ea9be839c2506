import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from '../account/account.module.css';

/** From the account page to the other organisations where she has records. */
export function PlacesLink() {
  const { t } = useTranslation('places');
  return (
    <section className={styles.section} aria-labelledby="places">
      <h2 id="places">{t('title')}</h2>
      <p className="muted">{t('link')}</p>
      <Link to="/account/places">{t('open')}</Link>
    </section>
  );
}
