import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from './states.module.css';

/** An address that leads nowhere. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className={styles.state}>
      <h1>{t('notFound.title')}</h1>
      <p className="muted">{t('notFound.text')}</p>
      <Link to="/">{t('notFound.home')}</Link>
    </div>
  );
}
