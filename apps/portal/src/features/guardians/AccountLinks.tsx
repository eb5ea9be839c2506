import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from '../account/account.module.css';

/** From the account page to those who help when every device is lost. */
export function AccountLinks() {
  const { t } = useTranslation('guardians');
  return (
    <section className={styles.section} aria-labelledby="helpers">
      <h2 id="helpers">{t('title')}</h2>
      <p className="muted">{t('links.text')}</p>
      <Link to="/account/helpers">{t('links.choose')}</Link>
      <Link to="/account/helping">{t('links.helping')}</Link>
    </section>
  );
}

/** On the sign-in: the way for who has no device any more. */
export function LostPhone() {
  const { t } = useTranslation('guardians');
  return <Link to="/recover">{t('links.lost')}</Link>;
}
