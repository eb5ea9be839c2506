import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../app/session.ts';
import styles from './account.module.css';

/** The account is there: whose it is, said first, so that a code that was mixed up is noticed at once. */
export function Joined({ session }: { session: Session }) {
  const { t } = useTranslation('account');
  const { name, organization } = session;
  return (
    <div className={styles.signIn}>
      <h1>{t('joined.title', { name })}</h1>
      <p role="status">{t('joined.text', { name, organization: organization.name })}</p>
      <Link to="/home" className={styles.main}>
        {t('joined.records')}
      </Link>
      <section className="card" aria-labelledby="next">
        <h2 id="next">{t('joined.next')}</h2>
        <p>{t('joined.nextText')}</p>
        <Link to="/account">{t('joined.account')}</Link>
      </section>
      <p className="muted">{t('joined.notYou')}</p>
    </div>
  );
}
