import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from '../account/account.module.css';

/** From the account page to the people whom she looks after. */
export function FamilyLink() {
  const { t } = useTranslation('family');
  return (
    <section className={styles.section} aria-labelledby="family">
      <h2 id="family">{t('title')}</h2>
      <p className="muted">{t('text')}</p>
      <Link to="/family">{t('link')}</Link>
    </section>
  );
}
